import type { Control, ControlValue } from "#lab/control";

/*
 * The controls that a notebook declares, as the panel shows them: native sliders and selects, with two presets each, and
 * their values in the page's URL.
 */

/** What the reader has set: the controls that are not where the recorded run has them. */
export function moved(root: ParentNode, controls: readonly Control[]): Record<string, ControlValue> {
  const entries = controls.map((control) => [control, valueOf(root, control)] as const);
  return Object.fromEntries(
    entries.flatMap(([{ id, value }, set]) => (set === undefined || set === value ? [] : [[id, set]])),
  );
}

/** Sets the inputs to what the URL says, and tells of each move: at once by `onMove`, and by the URL. */
export function attachKnobs(
  root: HTMLElement,
  controls: readonly Control[],
  onMove: (id: string) => void,
): void {
  const query = new URLSearchParams(location.search);
  for (const control of controls) {
    const input = inputOf(root, control);
    if (!input) continue;
    const asked = query.get(control.id);
    if (asked !== null) put(root, control, asked);
    input.addEventListener("input", () => {
      show(root, control);
      keepInUrl(root, control);
      onMove(control.id);
    });
    for (const button of root.querySelectorAll<HTMLButtonElement>(`[data-preset-of="${control.id}"]`)) {
      button.addEventListener("click", () => {
        put(root, control, button.value);
        keepInUrl(root, control);
        onMove(control.id);
      });
    }
  }
}

type Input = HTMLInputElement | HTMLSelectElement;

function inputOf(root: ParentNode, { id }: Control): Input | null {
  return root.querySelector<Input>(`[data-knob="${id}"]`);
}

function valueOf(root: ParentNode, control: Control): ControlValue | undefined {
  const value = inputOf(root, control)?.value;
  return value !== undefined && control.kind === "slider" ? Number(value) : value;
}

/** Puts a value in; one that does not fit leaves things as they are. */
function put(root: ParentNode, control: Control, value: string): void {
  const input = inputOf(root, control)!;
  const fits =
    control.kind === "select"
      ? control.options.includes(value)
      : value.trim() !== "" && Number(value) >= control.min && Number(value) <= control.max;
  if (fits) input.value = value;
  show(root, control);
}

function show(root: ParentNode, control: Control): void {
  const output = root.querySelector<HTMLOutputElement>(`[data-knob-value="${control.id}"]`);
  if (output) output.value = String(valueOf(root, control));
}

function keepInUrl(root: ParentNode, control: Control): void {
  const url = new URL(location.href);
  const value = valueOf(root, control);
  if (value === control.value) url.searchParams.delete(control.id);
  else url.searchParams.set(control.id, String(value));
  history.replaceState(history.state, "", url);
}
