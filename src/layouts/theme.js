// Loaded before the first paint, so it is this short: the reader's theme, and the mark that scripts run.
document.documentElement.classList.add("js");
try {
  const theme = localStorage.getItem("theme");
  if (theme) document.documentElement.dataset.theme = theme;
} catch {}
