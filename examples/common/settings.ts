import { parseArgs } from "node:util";

type Setting = string | number | boolean;

/** A number stays a number, of whichever value. */
type Widened<Value> = Value extends number ? number : Value extends boolean ? boolean : string;

/**
 * What the command line sets, and the defaults of the rest: `--image-size 224` sets `imageSize`, to a number where the
 * default is one; `--no-resume` and `--resume` set a boolean.
 *
 * ```ts
 * const { data, imageSize } = settings({ data: "", imageSize: 96 });
 * ```
 */
export function settings<const Defaults extends Readonly<Record<string, Setting>>>(
  defaults: Defaults,
): { readonly [Name in keyof Defaults]: Widened<Defaults[Name]> } {
  const flag = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const { values } = parseArgs({
    allowNegative: true,
    options: Object.fromEntries(
      Object.entries(defaults).map(([name, value]) => [
        flag(name),
        { type: typeof value === "boolean" ? "boolean" : "string" } as const,
      ]),
    ),
  });
  const read = (name: string, value: Setting): Setting => {
    const given = values[flag(name)] as string | boolean | undefined;
    if (given === undefined) return value;
    if (typeof value !== "number") return given;
    const number = Number(given);
    if (given === "" || Number.isNaN(number))
      throw new Error(`--${flag(name)} is "${given}"; expected a number`);
    return number;
  };
  return Object.fromEntries(
    Object.entries(defaults).map(([name, value]) => [name, read(name, value)]),
  ) as ReturnType<typeof settings<Defaults>>;
}
