/**
 * Why a file is not taken for an image, going by its name; undefined for one that is.
 *
 * @param path with / between its parts
 */
export function notAnImage(path: string): string | undefined {
  const name = path.slice(path.lastIndexOf("/") + 1);
  // Archives made on a Mac hold a "._name.jpeg" beside every "name.jpeg".
  if (name.startsWith(".")) return "a hidden file";
  return /\.(png|jpe?g|dcm|dicom)$/i.test(name) ? undefined : "not an image file by its name";
}
