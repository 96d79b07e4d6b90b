import { expect, test, vi } from "vitest";
import type { Figure } from "#lab/figure/figure";
import { showLive } from "#lab/figure/live";
import { startSession } from "#lab/session";

const figure: Figure = { figure: true, title: "t", description: "d", svg: "<svg/>" };

test("a figure is drawn where someone looks, at most four times a second", () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  const draw = vi.fn(() => figure);
  startSession({});
  showLive(draw);
  expect(draw).not.toHaveBeenCalled();
  const onFigure = vi.fn();
  startSession({ onFigure });
  for (let ms = 0; ms < 1000; ms += 10) {
    showLive(draw);
    vi.advanceTimersByTime(10);
  }
  expect(onFigure).toHaveBeenCalledTimes(4);
  expect(onFigure).toHaveBeenLastCalledWith(figure);
  expect(draw).toHaveBeenCalledTimes(4);
  vi.useRealTimers();
});
