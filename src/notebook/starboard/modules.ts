import type { Load } from "#notebook/run";

/** Every module that a notebook may import, each a chunk of its own that loads when a cell asks for it. */
const lab = import.meta.glob<object>("/src/lab/**/*.ts");

/** The module that a notebook names, as `#lab/…` or `@tensorflow/tfjs-core`. */
export const loadModule: Load = async (specifier) => {
  if (specifier === "@tensorflow/tfjs-core") return import("@tensorflow/tfjs-core");
  const module = lab[specifier.replace(/^#lab\/(.*)$/, "/src/lab/$1.ts")];
  if (!module)
    throw new Error(`import: no module "${specifier}": a notebook imports #lab/… and @tensorflow/tfjs-core`);
  return module();
};
