/**
 * Why a file is not taken for an image, going by its name; undefined for one that is.
 *
 * @param path with / between its parts
 */
export function notAnImage(path: string): string | undefined {
  // Archives made on a Mac hold a "._name.jpeg" beside every "name.jpeg"; notebooks keep copies in ".ipynb_checkpoints".
  if (/(^|\/)\./.test(path)) return "a hidden file";
  return /\.(png|jpe?g|dcm|dicom)$/i.test(path) ? undefined : "not an image file by its name";
}
