import type { AstroComponentFactory } from "astro/runtime/server/index.js";

/**
 * A component that is `component` with some properties set already, so that MDX can write `<Abstract />` with neither
 * import nor property. Properties and slots given in the MDX are passed on and win.
 */
export function bind(component: AstroComponentFactory, set: Record<string, unknown>): AstroComponentFactory {
  const bound: AstroComponentFactory = (result, properties, slots) =>
    component(result, { ...set, ...properties }, slots);
  // Astro tells components from plain functions, and finds their styles and scripts, by these three.
  return Object.assign(bound, {
    isAstroComponentFactory: true,
    moduleId: component.moduleId,
    propagation: component.propagation,
  });
}
