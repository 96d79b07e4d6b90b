import { describe, expect, test } from "vitest";
import { rates, techniques } from "#lab/entries";
import { sealOf } from "#ledger/seal";
import { parseTournament, recordedTournament, standingSource, type Tournament } from "#ledger/tournament";
import { byAccuracy, estimate, forgettingFigure, leftOut, plusMinus, sizeFigure } from "#site/standings";

const recorded = recordedTournament()!;

describe("the recorded tournament", () => {
  test.each(recorded.standings)(
    "$name: is of the arena and the entry as they are",
    async ({ slug, source }) => {
      const mend = 'The arena or this entry changed: run "npm run compete".';
      expect(source, mend).toBe(await standingSource(slug));
    },
  );

  test("has all that entered, with the rates that the notebook uses", () => {
    const found = Object.fromEntries(recorded.standings.map(({ name, rate }) => [name, rate]));
    expect(found).toEqual(rates);
    for (const [name, { slug }] of Object.entries(techniques))
      expect(recorded.standings.find((one) => one.name === name)?.slug).toBe(slug);
  });

  test.each(recorded.standings)(
    "$name: each rate is the best among its neighbours, each seed counts",
    (one) => {
      const at = one.tried.findIndex(({ rate }) => rate === one.rate);
      const loss = (i: number) => one.tried[i]?.validation ?? Infinity;
      expect(at).toBeGreaterThan(0); // a slower one was tried, and a faster one
      expect(at).toBeLessThan(one.tried.length - 1);
      expect(loss(at)).toBe(Math.min(...one.tried.map((_, i) => loss(i))));
      expect(one.accuracy).toHaveLength(recorded.seeds.length);
      expect(one.forgetting).toHaveLength(recorded.seeds.length);
      for (const share of one.accuracy)
        expect(share * recorded.ring.tested).toBeCloseTo(Math.round(share * recorded.ring.tested), 3);
    },
  );
});

const plain: Tournament = {
  ring: { steps: 1, batchSize: 1, time: 1, validated: 1, tested: 1 },
  seeds: [1, 2, 3],
  date: "2026-01-01",
  commit: "0",
  versions: {},
  standings: [
    {
      name: "a",
      rate: 1,
      tried: [],
      trained: 1,
      flops: 1,
      bytes: 1,
      accuracy: [0.5, 0.6, 0.7],
      forgetting: [0, 0, 0],
      seconds: 1,
      source: "",
    },
    {
      name: "b",
      rate: 1,
      tried: [],
      trained: 1,
      flops: 1,
      bytes: 1,
      accuracy: [0.7, 0.7, 0.7],
      forgetting: [0, 0, 0],
      seconds: 1,
      source: "",
    },
  ],
  seal: "",
};

test("a file that was changed by hand is refused, and one that is no JSON", () => {
  const sealed = { ...plain, seal: sealOf(plain) };
  expect(parseTournament(JSON.stringify(sealed))).toEqual(sealed);
  const better = JSON.stringify(sealed).replace("0.6", "0.9");
  expect(() => parseTournament(better)).toThrow(
    'content/arena/tuning.json: expected what a run measured, found a file changed by hand: run "npm run compete"',
  );
  expect(() => parseTournament("{")).toThrow("content/arena/tuning.json: expected JSON, found");
});

test("an estimate is the mean with Student's interval of two degrees of freedom", () => {
  // t = 4.3027 for 95 %, s = 0.1, n = 3.
  const { mean, low, high } = estimate([0.5, 0.6, 0.7]);
  expect(mean).toBeCloseTo(0.6, 12);
  expect(high - mean).toBeCloseTo((4.3027 * 0.1) / Math.sqrt(3), 4);
  expect(mean - low).toBeCloseTo(high - mean, 12);
  expect(plusMinus([0.5, 0.6, 0.7])).toBe("0.600 ± 0.248");
});

test("what lies more than a tenth below the best is left out of the figures, and said", () => {
  expect(leftOut(plain)).toEqual([]);
  const low = { ...plain.standings[0]!, name: "c", accuracy: [0.5, 0.6, 0.6] };
  const many = { ...plain, standings: [...plain.standings, low] };
  expect(leftOut(many).map(({ name }) => name)).toEqual(["c"]);
  for (const draw of [sizeFigure, forgettingFigure]) {
    const { table } = draw(many);
    expect(table!.rows.map(([name]) => name)).toEqual(["a", "b"]);
    expect(table!.rows[0]!.slice(2, 5)).toEqual(
      [0.6, estimate([0.5, 0.6, 0.7]).low, estimate([0.5, 0.6, 0.7]).high].map(
        (x) => expect.closeTo(x, 12) as number,
      ),
    );
  }
});

test("standings go from the most accurate down", () => {
  expect(byAccuracy(plain).map(({ name }) => name)).toEqual(["b", "a"]);
});
