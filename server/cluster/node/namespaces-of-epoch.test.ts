import { expect, it } from "vitest";
import { NamespacesOfEpoch } from "./namespaces-of-epoch.ts";

it("decides by no older namespaces than of the epoch, and tries until they are read", async () => {
  let tries = 0;
  const namespaces = new NamespacesOfEpoch(() => {
    tries += 1;
    return tries < 3 ? Promise.reject(new Error("away")) : Promise.resolve();
  });
  const reading = namespaces.read(7, 3);
  expect(namespaces.areRead(7, 3)).toBe(false);
  await reading;
  expect(tries).toBe(3);
  expect(namespaces.areRead(7, 3)).toBe(true);
  expect(namespaces.areRead(7, 4)).toBe(false);
  expect(namespaces.areRead(8, 1)).toBe(false);
});
