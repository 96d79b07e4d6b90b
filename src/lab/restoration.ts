import * as tf from "@tensorflow/tfjs-core";
import { type Convolution, initConvolution } from "#lab/convolution";
import { gelu, type Init } from "#lab/layer";
import type { Random } from "#lab/random";
import { unfoldedConv2d } from "#lab/unfolding";

/** The sizes of a restoration network. */
export interface RestorationShape {
  /** Channels of an image. */
  channels: number;
  /** Channels between the first convolution and the last one. */
  width: number;
  /** Residual pairs of convolutions. */
  numPairs: number;
  /** Side of the filters, in pixels. */
  size?: number;
}

/** The parameters of a restoration network: convolutions alone, so that it takes images of any size. */
export type RestorationNet = {
  first: Convolution; // channels -> width
  pairs: { inner: Convolution; outer: Convolution }[]; // width -> width
  last: Convolution; // width -> channels
};

/** A network whose filters are drawn as `initConvolution` draws. */
export function initRestorationNet(random: Random, shape: RestorationShape, init: Init): RestorationNet {
  const { channels, width, numPairs, size = 3 } = shape;
  const make = (dIn: number, dOut: number) => initConvolution(random, size, dIn, dOut, init);
  return {
    first: make(channels, width),
    pairs: Array.from({ length: numPairs }, () => ({
      inner: make(width, width),
      outer: make(width, width),
    })),
    last: make(width, channels),
  };
}

/**
 * The images that the network makes of degraded ones: f(x) = x + g(x), where g is a convolution, residual pairs
 * h + W₂ * GELU(W₁ * h), and a convolution. It learns what to change, and with g = 0 changes nothing. The residual of a
 * whole network is that of Zhang et al. 2017 (arXiv 1608.03981); the pairs are those of Lim et al. 2017 (arXiv
 * 1707.02921) with GELU.
 * @param images [batch, height, width, channels]
 * @returns [batch, height, width, channels], not kept within 0 and 1
 * @throws when the images have not the channels that the network was made for
 */
export function restore({ first, pairs, last }: RestorationNet, images: tf.Tensor4D): tf.Tensor4D {
  return tf.tidy(() => {
    const features = pairs.reduce<tf.Tensor4D>(
      (h, { inner, outer }) =>
        tf.add(h, unfoldedConv2d(gelu(unfoldedConv2d(h, inner)) as tf.Tensor4D, outer)),
      unfoldedConv2d(images, first),
    );
    return tf.add(images, unfoldedConv2d(features, last));
  });
}
