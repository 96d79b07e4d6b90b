import type { FrameCell, Report, Settings } from "#notebook/message";
import { ClosedEarly, type NotebookFrame, openFrame, type OpeningFrame } from "#panel/frame";
import type { Panel } from "#panel/parts";

/** What a frame is opened with, asked for anew each time. */
export interface Opening {
  slug: string;
  cells: () => FrameCell[];
  settings: () => Settings;
  /** Hears the frame that is in the slot; one that was taken out is not heard any more. */
  onReport: (report: Report) => void;
}

interface Slotted {
  opening: OpeningFrame;
  frame?: NotebookFrame;
}

/** The place of a page's one live notebook: empty, or a frame on its way, or a frame that is open. */
export class FrameSlot {
  readonly #panel: Panel;
  readonly #opening: Opening;
  #slotted: Slotted | undefined;

  constructor(panel: Panel, opening: Opening) {
    this.#panel = panel;
    this.#opening = opening;
  }

  /** The frame that is open; undefined while there is none, or while it is on its way. */
  get frame(): NotebookFrame | undefined {
    return this.#slotted?.frame;
  }

  /** Opens a frame when there is none, hidden; resolves when it is open. */
  open(): Promise<NotebookFrame> {
    if (this.#slotted) return this.#slotted.opening.opened;
    const { slug, cells, settings, onReport } = this.#opening;
    const { place, root } = this.#panel;
    const hear = (report: Report) => {
      if (this.#slotted === slotted) onReport(report);
    };
    const opening = openFrame(place, { src: root.dataset.host ?? "", slug, cells: cells() }, hear);
    const slotted: Slotted = (this.#slotted = { opening });
    opening.opened.then(
      (frame) => {
        slotted.frame = frame;
        frame.set(settings());
      },
      () => {
        if (this.#slotted === slotted) this.#slotted = undefined;
      },
    );
    return opening.opened;
  }

  /** Puts the open frame into the place of the static cells; undefined when it was taken out before it was open. */
  async show(): Promise<NotebookFrame | undefined> {
    try {
      const frame = await this.open();
      if (this.#slotted?.frame !== frame) return undefined;
      this.#panel.showLive(frame.element);
      return frame;
    } catch (error) {
      if (error instanceof ClosedEarly) return undefined;
      throw error;
    }
  }

  /** Frees the frame, open or not, and shows the static cells again. */
  empty(): void {
    this.#slotted?.opening.close();
    this.#slotted = undefined;
    this.#panel.showStatics();
  }
}
