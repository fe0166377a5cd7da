import { chestXray14 } from "radiolucent/node";
import { sharedData } from "../shared-data.js";

/** All 112,120 records of ChestX-ray14 with Google's labels and the lists, without images; the tables must be there. */
export function wholeNih() {
  const table = (name: string) => `${sharedData}nih-metadata/${name}.gz`;
  return chestXray14({
    tables: {
      entries: table("Data_Entry_2017_v2020.csv"),
      google2019Test: table("google2019_nih-chest-xray-labels.csv"),
      trainList: table("train_list.txt"),
      validationList: table("val_list.txt"),
      testList: table("test_list.txt"),
    },
  });
}
