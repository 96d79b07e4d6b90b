import { expect, test } from "vitest";
import { deviceTable } from "#setup/device-table";

test("tests are counted by file and device, failed ones too", () => {
  const result = (status: string, ...ancestorTitles: string[]) => ({ status, ancestorTitles });
  const report = {
    testResults: [
      {
        name: "/a/tests/lab/layer.test.ts",
        assertionResults: [
          result("passed", "on cpu", "linear"),
          result("failed", "linear", "on cpu"),
          result("passed", "on webgpu"),
          result("passed", "reference"),
        ],
      },
      { name: "/a/tests/lab/claim.test.ts", assertionResults: [result("passed", "on the whole")] },
    ],
  };
  expect(deviceTable(report)).toEqual({ layer: { cpu: "1 of 2", webgpu: "1 of 1" } });
});
