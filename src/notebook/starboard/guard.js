// The first script of the notebook's frame. The frame runs code that it is sent, so it listens to its own page
// alone: same window, same origin. Anything else is stopped before Starboard or the host can see it.
window.runtimeConfig = { useCrossOriginIsolationServiceWorker: false, defaultTextEditor: "codemirror" };
addEventListener(
  "message",
  (event) => {
    if (parent === self || event.source !== parent || event.origin !== location.origin)
      event.stopImmediatePropagation();
  },
  true,
);
