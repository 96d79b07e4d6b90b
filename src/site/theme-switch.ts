type Theme = "light" | "dark";

/** Makes the page's theme button work; the choice is kept where storage is allowed, and follows the system until then. */
export function startTheme(): void {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const button = document.querySelector<HTMLButtonElement>("[data-theme-switch]");
  if (!button) return;

  const system = (): Theme => (dark.matches ? "dark" : "light");
  const shown = (): Theme => (root.dataset.theme as Theme | undefined) ?? system();
  const describe = () => {
    button.ariaLabel = `Switch to the ${shown() === "dark" ? "light" : "dark"} theme`;
  };

  button.addEventListener("click", () => {
    const next: Theme = shown() === "dark" ? "light" : "dark";
    // Choosing what the system has means following the system again.
    if (next === system()) delete root.dataset.theme;
    else root.dataset.theme = next;
    try {
      if (next === system()) localStorage.removeItem("theme");
      else localStorage.setItem("theme", next);
    } catch {
      // Storage is blocked: the choice lasts for this page.
    }
    describe();
  });
  dark.addEventListener("change", describe);
  describe();
}
