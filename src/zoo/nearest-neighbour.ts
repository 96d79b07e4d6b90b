import type { LabelledFeatures } from "#zoo/linear-probe";

/**
 * The share of test examples, 0 to 1, whose nearest training example by Euclidean distance is of their class: what can
 * be had by remembering everything (Cover & Hart 1967).
 * @throws when both have not features of one size
 */
export function nearestNeighbourAccuracy(train: LabelledFeatures, test: LabelledFeatures): number {
  const [[count, dModel], [asked, own]] = [train.features.shape, test.features.shape];
  if (dModel !== own)
    throw new Error(`nearestNeighbourAccuracy: expected features of dModel = ${dModel}, got ${own}`);
  const [known, given] = [train.features.values, test.features.values];
  let right = 0;
  for (let row = 0; row < asked; row++) {
    let [nearest, least] = [0, Infinity];
    for (let other = 0; other < count; other++) {
      let distance = 0;
      for (let j = 0; j < dModel && distance < least; j++)
        distance += (given[row * dModel + j]! - known[other * dModel + j]!) ** 2;
      if (distance < least) [nearest, least] = [other, distance];
    }
    if (train.labels[nearest] === test.labels[row]) right++;
  }
  return right / asked;
}
