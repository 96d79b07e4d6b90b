import * as tf from "@tensorflow/tfjs-core";
import { contender, type Entry } from "#lab/arena/contender";

const [rank, period, epsilon] = [2, 50, 1e-3];

/** LOZO: no gradient; one number c from two losses, along U Vᵀ of rank 2, whose V stays for 50 steps. */
export const enter: Entry = (model, draw) => {
  let V: (tf.Tensor2D | undefined)[] = [];
  return contender(model, (model) => ({ model }), {
    trains: (path) => path !== "head",
    step(F, W, n, rate) {
      if (n % period === 0) {
        tf.dispose(V.filter((v) => v !== undefined));
        V = W.map(({ shape: [, columns] }) =>
          columns === undefined ? undefined : tf.keep(draw.normal([columns, rank])),
        );
      }
      const directions = W.map(({ shape }, i) => {
        const v = V[i];
        return v ? tf.matMul(draw.normal([shape[0]!, rank]), v, false, true) : draw.normal(shape);
      });
      const moved = (by: number) => F(W.map((w, i) => tf.add(w, tf.mul(directions[i]!, by))));
      const c = tf.div(tf.sub(moved(epsilon), moved(-epsilon)), 2 * epsilon);
      return W.map((w, i) => tf.sub(w, tf.mul(directions[i]!, tf.mul(c, V[i] ? rate / rank : rate))));
    },
  });
};
