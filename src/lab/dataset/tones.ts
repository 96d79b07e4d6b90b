import type { LabelledImages } from "#lab/dataset/digits";
import { normal } from "#lab/dataset/normal";
import { type Random, random } from "#lab/random";
import type { About } from "#lab/dataset/about";

/** Kinds of sound to pre-train on. */
export const sourceTones = [
  "V-chirp",
  "Λ-chirp",
  "step up",
  "step down",
  "single tone",
  "two tones",
  "gated tone",
  "wide band",
  "click",
  "fast up-chirp",
] as const;

/** Other kinds of sound to transfer to. */
export const targetTones = [
  "slow up-chirp",
  "down-chirp with offset",
  "slow AM",
  "fast AM",
  "octave harmonics",
  "three-tone chord",
  "click train",
  "vibrato",
] as const;

export type Tone = (typeof sourceTones)[number] | (typeof targetTones)[number];

/** Loudness at a time t of 0 to 1 of the sound, for one or more pitches p (in bins above the sound's own). */
type Shape = (t: number) => { pitch: number; loudness?: number }[];

const one = (pitch: number, loudness = 1) => [{ pitch, loudness }];
const on = (condition: boolean) => (condition ? 1 : 0);
const shapes: Record<Tone, Shape> = {
  "V-chirp": (t) => one(10 * Math.abs(2 * t - 1)),
  "Λ-chirp": (t) => one(10 * (1 - Math.abs(2 * t - 1))),
  "step up": (t) => one(t < 0.5 ? 0 : 8),
  "step down": (t) => one(t < 0.5 ? 8 : 0),
  "single tone": () => one(0),
  "two tones": () => [{ pitch: 0 }, { pitch: 7 }],
  "gated tone": (t) => one(0, on(Math.floor(t * 6) % 2 === 0)),
  "wide band": () => [0, 2, 4, 6, 8, 10].map((pitch) => ({ pitch })),
  click: (t) => Array.from({ length: 11 }, (_, pitch) => ({ pitch, loudness: on(t >= 0.45 && t < 0.55) })),
  "fast up-chirp": (t) => one(12 * Math.min(1, 2 * t), on(t < 0.5)),
  "slow up-chirp": (t) => one(6 * t),
  "down-chirp with offset": (t) => one(12 - 10 * t, on(t > 0.25)),
  "slow AM": (t) => one(0, 0.5 + 0.5 * Math.cos(4 * Math.PI * t)),
  "fast AM": (t) => one(0, 0.5 + 0.5 * Math.cos(12 * Math.PI * t)),
  "octave harmonics": () => [{ pitch: 0 }, { pitch: 5, loudness: 0.7 }, { pitch: 10, loudness: 0.5 }],
  "three-tone chord": () => [{ pitch: 0 }, { pitch: 4 }, { pitch: 7 }],
  "click train": (t) =>
    Array.from({ length: 11 }, (_, pitch) => ({ pitch, loudness: on((t * 4) % 1 < 0.2) })),
  vibrato: (t) => one(4 + 2 * Math.sin(6 * Math.PI * t)),
};

/**
 * Synthetic spectrograms of 28 mel bins (rows, low pitch at the bottom) and 28 frames: a ridge of Gaussian profile, one bin
 * wide, with random onset, length and pitch, and |N(0, 0.25)| noise (N(mean, std)), kept within 0 and 1. The kinds take
 * turns. The card of PETL of audio transformers names the kinds; their exact shapes are this module's.
 */
export function tones(random: Random, count: number, kinds: readonly Tone[] = sourceTones): LabelledImages {
  if (kinds.length === 0) throw new Error("tones: expected at least one kind, got none");
  const side = 28;
  const images = new Float32Array(count * side * side);
  const labels = Int32Array.from({ length: count }, (_, image) => image % kinds.length);
  labels.forEach((label, image) => {
    const shape = shapes[kinds[label]!];
    const length = 16 + random.integer(9);
    const onset = random.integer(side - length + 1);
    const base = 2 + 12 * random.next();
    for (let frame = 0; frame < side; frame++) {
      const t = (frame - onset + 0.5) / length;
      const ridges = t > 0 && t < 1 ? shape(t) : [];
      for (let bin = 0; bin < side; bin++) {
        let loudest = 0;
        for (const { pitch, loudness = 1 } of ridges)
          loudest = Math.max(loudest, loudness * Math.exp(-((bin - base - pitch) ** 2) / 2));
        const value = loudest + Math.abs(0.25 * normal(random));
        images[(image * side + side - 1 - bin) * side + frame] = Math.min(1, value);
      }
    }
  });
  return { images, labels, count, side };
}

export const about: About = {
  title: "Tones",
  description:
    "Synthetic spectrograms of chirps, steps, chords and clicks: ten kinds to learn from, eight to transfer to.",
  size: "Any number, from a seed; 28 mel bins by 28 frames; ten source and eight target kinds in turn.",
  use: 'import { targetTones, tones } from "#lab/dataset/tones";\nimport { random } from "#lab/random";\n\nconst source = tones(random(0), 1000);\nconst target = tones(random(1), 400, targetTones);',
  samples() {
    const shown = (kinds: readonly Tone[]) => ({ ...tones(random(0), kinds.length, kinds), labels: kinds });
    return [
      { kind: "images", title: "The ten source kinds", ...shown(sourceTones) },
      { kind: "images", title: "The eight target kinds", ...shown(targetTones) },
    ];
  },
};
