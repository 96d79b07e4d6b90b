// The first script of the notebook's frame. The frame runs code that it is sent, so it listens to its own page
// alone: same window, same origin. Anything else is stopped before Starboard or the host can see it.
window.plainConsole = { ...console };
window.runtimeConfig = { useCrossOriginIsolationServiceWorker: false, defaultTextEditor: "codemirror" };
addEventListener(
  "message",
  (event) => {
    if (parent === self || event.source !== parent || event.origin !== location.origin)
      event.stopImmediatePropagation();
  },
  true,
);

// Starboard's bundle prefetches two chunks (its own compiler and console, 660 kB) that this frame never uses.
const { head } = document;
head.appendChild = (node) => (node.rel === "prefetch" ? node : Node.prototype.appendChild.call(head, node));
