/** Which store a scenario is loaded on: one for all, and one by TLS for those that need it. */
import { type CertificateFiles, makeCertificate } from "../support/certificate-files.ts";
import type { Skipped } from "../support/report.ts";
import { type BenchRun, profileFlags, storeToLoad } from "./bench-run.ts";
import { type ClaimScenarioName, scenarioNamed } from "./claim-scenarios.ts";
import { Measuring } from "./measure.ts";

export type Load = (measuring: Measuring, scenarios: readonly ClaimScenarioName[]) => Promise<void>;

/** Calls `load` for each store that is needed, with the scenarios that belong on it. */
export async function onStores(
  run: BenchRun,
  scenarios: readonly ClaimScenarioName[],
  skipped: Skipped[],
  load: Load,
): Promise<void> {
  const needsTls = (name: ClaimScenarioName): boolean => scenarioNamed(name).tls === true;
  const plain = scenarios.filter((name) => !needsTls(name));
  const byTls = scenarios.filter(needsTls);
  if (plain.length > 0) await onStore(run, (measuring) => load(measuring, plain));
  if (byTls.length > 0) await onTlsStore(run, skipped, (measuring) => load(measuring, byTls));
}

/** On a store that is as users have it, without a certificate. */
export async function onStore(
  run: BenchRun,
  load: (measuring: Measuring) => Promise<void>,
  certificate?: CertificateFiles,
): Promise<void> {
  const store = await storeToLoad(run, profileFlags(run.options), certificate);
  const measuring = await Measuring.start(run, store.target, store.serverPids);
  await load(measuring);
  await measuring.close();
  await store.dispose();
}

async function onTlsStore(
  run: BenchRun,
  skipped: Skipped[],
  load: (measuring: Measuring) => Promise<void>,
): Promise<void> {
  const skip = (why: string): void => {
    skipped.push({ what: "tls", why });
    run.say(`tls: skipped, ${why}`);
  };
  const { address, ca, tls } = run.options;
  if (address !== undefined) {
    // With either of them everything else is measured by TLS too.
    if (ca === undefined && !tls) skip("the installation was given without --ca or --tls");
    else await onStore(run, load);
    return;
  }
  const directory = run.belongings.temporaryDirectory(run.directory, "claimd-bench-tls");
  const certificate = makeCertificate(directory);
  if (certificate === undefined) skip("openssl, which makes the certificate, is not installed");
  else await onStore(run, load, certificate);
  run.belongings.removeDirectory(directory);
}
