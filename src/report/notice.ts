/** What every report and model card says of itself. */
export const notice =
  "This report describes a statistical model. It is not a medical device and must not be used for the care of patients. " +
  "Figures hold for the set they were measured on; other hospitals, machines and patients give others.";
