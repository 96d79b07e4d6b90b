import { session } from "#lab/session";

/** What a control can be set to: a number on a slider, a word of a list. */
export type ControlValue = number | string;

/** Something that a reader may set, with two settings that teach. */
export type Control = Slider | Select;

interface Labelled<V extends ControlValue> {
  /** Kebab-case; the page's URL keeps the value under this name. */
  id: string;
  label: string;
  /** Where the control stands in the recorded run. */
  value: V;
  /** A setting at which the method does what it should. */
  good: V;
  /** A setting at which it fails, or does harm. */
  bad: V;
}

/** A number between two others, in steps. */
export interface Slider extends Labelled<number> {
  kind: "slider";
  min: number;
  max: number;
  step: number;
  /** Empty for a pure number. */
  unit?: string;
}

/** One of a few words. */
export interface Select extends Labelled<string> {
  kind: "select";
  options: readonly string[];
}

/**
 * The number that the reader has set on a slider, or its own value. The page shows the slider, and runs again what
 * depends on it when it is moved.
 * @throws when its values do not lie on its steps
 */
export function slider(given: Omit<Slider, "kind">): number {
  const { id, min, max, step } = given;
  requireId("slider", id);
  const fits = (value: ControlValue) =>
    typeof value === "number" &&
    value >= min &&
    value <= max &&
    // Steps like 0.1 are not exact: a thousandth of one is as good as on it.
    Math.abs((value - min) / step - Math.round((value - min) / step)) < 1e-3;
  requireFits("slider", given, fits, `numbers from ${min} to ${max} in steps of ${step}`);
  return chosen({ ...given, kind: "slider" }, fits);
}

/**
 * The word that the reader has chosen from a list, or its own value; as `slider`.
 * @throws when its values are not in its list
 */
export function select<V extends string>(
  given: Omit<Select, "kind" | "value" | "good" | "bad" | "options"> & {
    options: readonly V[];
    value: NoInfer<V>;
    good: NoInfer<V>;
    bad: NoInfer<V>;
  },
): V {
  requireId("select", given.id);
  const fits = (value: ControlValue) => given.options.includes(value as V);
  requireFits("select", given, fits, `one of ${given.options.join(", ")}`);
  return chosen({ ...given, kind: "select" }, fits) as V;
}

/** Tells the session of the control, and returns what it is set to; a setting that does not fit is passed over. */
function chosen<C extends Control>(control: C, fits: (value: ControlValue) => boolean): C["value"] {
  const { onControl, controls } = session();
  onControl?.(control);
  const set = controls?.[control.id];
  return set !== undefined && fits(set) ? (set as C["value"]) : control.value;
}

function requireId(name: string, id: string): void {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(id))
    throw new Error(`${name}: expected an id in kebab-case, got "${id}": it stands in the page's URL`);
}

function requireFits(
  name: string,
  { id, value, good, bad }: Labelled<ControlValue>,
  fits: (value: ControlValue) => boolean,
  expected: string,
): void {
  const wrong = [value, good, bad].find((each) => !fits(each));
  if (wrong !== undefined) throw new Error(`${name} ${id}: expected ${expected}, got ${wrong}`);
}
