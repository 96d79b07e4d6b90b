import type { Tensor } from "@tensorflow/tfjs-core";
import type { Claim } from "#lab/claim";
import type { Figure } from "#lab/figure/figure";
import type { Quantity } from "#lab/figure/quantity";
import type { Table } from "#lab/figure/table";
import type { TensorView } from "#lab/figure/tensor-view";

/** What a cell shows below its code, in a form that can be recorded and drawn again without running anything. */
export type Displayed =
  | { kind: "figure"; figure: Figure }
  | { kind: "table"; table: Table }
  | { kind: "tensor"; tensor: TensorView }
  | { kind: "quantity"; quantity: Quantity }
  | { kind: "text"; text: string };

/** Looks into a tensor; the lab's own `tensorView`, from where the notebook's lab is. */
export type ViewTensor = (tensor: Tensor) => Promise<TensorView>;

/** The displayed form of a cell's value; undefined for a value that shows nothing. */
export async function displayed(value: unknown, viewTensor: ViewTensor): Promise<Displayed | undefined> {
  if (value === undefined || value === null || isClaim(value)) return undefined;
  if (hasMark(value, "figure")) return { kind: "figure", figure: value as unknown as Figure };
  if (hasMark(value, "table")) return { kind: "table", table: value as unknown as Table };
  if (hasMark(value, "quantity")) return { kind: "quantity", quantity: value as unknown as Quantity };
  if (isTensor(value)) {
    return value.isDisposed
      ? { kind: "text", text: `a tensor of shape [${value.shape}], disposed of` }
      : { kind: "tensor", tensor: await viewTensor(value) };
  }
  if (typeof value === "object") return { kind: "text", text: JSON.stringify(value, null, 1) };
  return { kind: "text", text: String(value) };
}

/** A claim is told of as soon as it is measured: see `claimHtml`. */
function isClaim(value: unknown): value is Claim {
  return typeof value === "object" && value !== null && "verdict" in value && "bound" in value;
}

function hasMark(value: unknown, mark: string): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && (value as Record<string, unknown>)[mark] === true;
}

/** Whether a value is a tensor of TensorFlow.js, told by its parts: the notebook's copy of it is not this module's. */
function isTensor(value: unknown): value is Tensor {
  return (
    typeof value === "object" && value !== null && "dataId" in value && "dtype" in value && "data" in value
  );
}
