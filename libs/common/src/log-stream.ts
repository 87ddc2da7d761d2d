/** Where log lines go. A terminal that was closed or a disk that is full costs the lines, never the server: pino's own stream throws, and then retries for ever at exit. */

const ignore = (): void => {};

/** Standard output, whose failures nobody has to handle. */
export const logStream = (): NodeJS.WriteStream => process.stdout.off('error', ignore).on('error', ignore);
