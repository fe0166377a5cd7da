// An experiment that a test kills: node --import tsx killedRuns.ts FOLDER. It goes on from what the folder holds, and says
// "run 2" once the second run is in its second epoch.
import { trainRuns } from "../../src/io/trainRuns.js";
import { experiment } from "./smallExperiment.js";

await trainRuns(
  experiment(process.argv[2]!, async ({ run }, { epoch, batch }) => {
    if (run === 2 && epoch === 2 && batch === 2) process.stdout.write("run 2\n");
    if (run === 2 && epoch >= 2) await new Promise((resolve) => setTimeout(resolve, 50));
  }),
);
