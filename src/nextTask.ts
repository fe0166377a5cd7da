/**
 * Waits until the event loop had a turn. Awaiting a result that is ready gives none, so without this a loop of such
 * awaits keeps timers, input and aborts waiting.
 */
export function nextTask(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
