/** Makes the compiler prove that a switch is complete; reaching it at run time means that data broke its type. */
export function assertNever(value: never): never {
  throw new TypeError(`unexpected value: ${JSON.stringify(value)}`);
}
