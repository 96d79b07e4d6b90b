import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { countParameters } from "#lab/parameter";
import { pretrained } from "#lab/zoo";
import { onEachDevice, startNodeSession } from "./device-case";

onEachDevice(() => {
  test("a model of the zoo comes with all its parameters", async () => {
    startNodeSession();
    const { parameters } = JSON.parse(readFileSync("public/models/tiny-gpt.json", "utf8")) as {
      parameters: number;
    };
    expect(countParameters(await pretrained("tiny-gpt"))).toBe(parameters);
  });
});

test("a file that is cut off is named, with what to do", async () => {
  const whole = readFileSync("public/models/tiny-gpt.safetensors");
  const readAsset = async () => new Uint8Array(whole.subarray(0, 5000)).buffer;
  startNodeSession({ readAsset });
  await expect(pretrained("tiny-gpt")).rejects.toThrow(
    /^pretrained: models\/tiny-gpt\.safetensors: .+: reload the page to fetch it again$/,
  );
});
