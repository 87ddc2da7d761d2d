/**
 * The closed set of errors that Deskhand can answer with. Each has a code that never changes, an HTTP status, a title for the
 * person who meets it, and a remedy for whoever can mend it. `docs/errors.md` is generated from this table.
 */
export interface ErrorDescription {
  /** HTTP status that carries this error (RFC 9110). */
  readonly status: number;
  /** One sentence for the person in front of the screen. */
  readonly title: string;
  /** One sentence for whoever can mend it. */
  readonly remedy: string;
}

const describe = (status: number, title: string, remedy: string): ErrorDescription => ({ status, title, remedy });

export const errorCatalogue = {
  // Requests
  INVALID_REQUEST: describe(400, 'The request is not valid.', 'Correct the fields that the answer names.'),
  MALFORMED_BODY: describe(400, 'The body is not valid JSON.', 'Send a JSON object with the content type application/json.'),
  BODY_TOO_LARGE: describe(413, 'The body is too large.', 'Send less than the limit that the answer names.'),
  URL_TOO_LONG: describe(414, 'The address is too long.', 'Shorten the query.'),
  HEADERS_TOO_LARGE: describe(431, 'The headers are too large.', 'Remove cookies of this site and try again.'),
  REQUEST_TIMED_OUT: describe(408, 'The request did not arrive in time.', 'Try again on a better line.'),
  UNSUPPORTED_MEDIA_TYPE: describe(415, 'This content type is not understood.', 'Send application/json.'),
  NOT_FOUND: describe(404, 'There is nothing here.', 'Check the address.'),
  METHOD_NOT_ALLOWED: describe(405, 'This address does not take that method.', 'Use a method that the Allow header names.'),
  HOST_NOT_ALLOWED: describe(
    421,
    'This server does not answer to that host name.',
    'Add the name to http.allowedHosts in the configuration.',
  ),
  ORIGIN_NOT_ALLOWED: describe(403, 'The request comes from another site.', 'Open the page on the same address as the server.'),
  TOO_MANY_REQUESTS: describe(429, 'Too many requests at once.', 'Wait for the seconds that Retry-After names.'),
  INTERNAL_ERROR: describe(500, 'Something failed inside Deskhand.', 'Look in the log for the trace id of the answer.'),
  NOT_READY: describe(503, 'Deskhand is starting or a part of it is down.', 'Look at /readyz, which names the part.'),
  UPSTREAM_UNAVAILABLE: describe(502, 'A part of Deskhand cannot be reached.', 'Look at /readyz, which names the part.'),

  // Who are you
  UNAUTHENTICATED: describe(401, 'You are not logged in.', 'Log in, or send a valid token.'),
  SESSION_ENDED: describe(401, 'Your session has ended.', 'Log in again.'),
  FORBIDDEN: describe(403, 'Your roles do not allow this.', 'Ask an operator for the role.'),
  INVALID_CREDENTIALS: describe(401, 'The name or the password is wrong.', 'Type both again; mind the caps lock.'),
  UNKNOWN_PROVIDER: describe(400, 'There is no such way of logging in.', 'Choose one of /api/v1/auth/providers.'),
  LOOPBACK_ONLY: describe(
    403,
    'This way of logging in works only on the machine of the server itself.',
    'Open the page on that machine, or use a provider that is not for demonstrations.',
  ),
  TOO_MANY_ATTEMPTS: describe(429, 'Too many failed logins.', 'Wait for the seconds that Retry-After names.'),
  TOO_MANY_SESSIONS: describe(
    429,
    'Too many people are logged in.',
    'Try later or log out elsewhere; an operator can raise the limits of the way of logging in.',
  ),
  PROVIDER_UNAVAILABLE: describe(503, 'The directory does not answer.', 'Try again; an operator can see it in /readyz.'),
  PASSWORD_EXPIRED: describe(403, 'The password has expired.', 'Change it where your organisation lets you.'),
  PASSWORD_MUST_CHANGE: describe(403, 'The password must be changed first.', 'Change it where your organisation lets you.'),
  ACCOUNT_DISABLED: describe(403, 'The account is disabled.', 'Ask an operator of the directory.'),
  ACCOUNT_EXPIRED: describe(403, 'The account has expired.', 'Ask an operator of the directory.'),
  NOT_ALLOWED: describe(403, 'This account may not use this installation.', 'Ask an operator to allow the account.'),
  LOGIN_NOT_BEGUN: describe(
    400,
    'This login was not begun in this browser, or has taken too long.',
    'Begin again on the login page; if it goes on, open the page by the address in http.publicUrl.',
  ),
  LOGIN_CANCELLED: describe(403, 'The login was cancelled.', 'Begin again; where a provider asks, agree.'),
  LOGIN_NOT_CONFIRMED: describe(
    401,
    'The provider did not confirm this login.',
    'Begin again; if it goes on, an operator finds the reason in the log.',
  ),

  // Desktops
  DESKTOP_NOT_FOUND: describe(404, 'There is no such desktop.', 'Ask for a desktop with POST /api/v1/desktops.'),
  DESKTOP_NOT_READY: describe(409, 'The desktop is not ready.', 'Wait until its status is ready.'),
  DESKTOP_TOKEN_INVALID: describe(
    401,
    'The token for this desktop is missing, wrong or expired.',
    'Ask for one with POST /api/v1/desktops/{id}/token.',
  ),
  DESKTOP_UNREACHABLE: describe(502, 'The desktop does not answer.', 'Wait a moment; Deskhand checks it and says what happened.'),
  DESKTOP_LIMIT_REACHED: describe(503, 'The installation runs as many desktops as it may.', 'Try later, or raise desktops.limit.'),
  PROFILE_NOT_FOUND: describe(400, 'There is no such desktop profile for you.', 'Choose one of /api/v1/profiles.'),
  SCOPE_NOT_ALLOWED: describe(403, 'The token does not allow this on the desktop.', 'Ask for a token with the scope.'),
  CONFLICT: describe(409, 'Somebody changed this at the same moment.', 'Read it again and repeat.'),

  // Why a desktop ended or did not start (also `cause` of a desktop)
  START_TIMED_OUT: describe(
    504,
    'The desktop did not start in time.',
    'Look at the log of the desktop; raise desktops.deadlines if the machine is slow.',
  ),
  SCHEDULE_TIMED_OUT: describe(504, 'No place for the desktop was found in time.', 'Free or add machines.'),
  STOP_TIMED_OUT: describe(504, 'The desktop did not end in time.', 'Look for its processes on the machine and end them.'),
  DISPLAY_FAILED: describe(502, 'The display of the desktop did not start.', 'Look at the log of the desktop for the message of Xvnc.'),
  DISPLAY_ENDED: describe(502, 'The display of the desktop ended by itself.', 'Look at the log of the desktop for the message of Xvnc.'),
  AGENT_EXITED: describe(502, 'The desktop ended by itself.', 'Look at the log of the desktop.'),
  DESKTOP_LOST: describe(502, 'The desktop has gone.', 'Start it again; an operator can see in the log when it went.'),
  PROGRAM_MISSING: describe(500, 'A program that the desktop needs is not installed.', 'Install the program that the detail names.'),
  IMAGE_UNAVAILABLE: describe(
    502,
    'The image that this needs cannot be fetched.',
    'Correct the name of the image, or give the cluster access to its registry (runtime.pod.imagePullSecrets).',
  ),
  DESKTOP_UNSCHEDULABLE: describe(503, 'No machine has room for the desktop.', 'Add or free machines that fit what the detail names.'),
  QUOTA_EXCEEDED: describe(
    503,
    'The quota of the namespace is used up.',
    'Raise the ResourceQuota that the detail names, or end desktops.',
  ),
  CLAIM_NOT_BOUND: describe(
    503,
    'The home folder of the desktop is not available.',
    'Look at the PersistentVolumeClaim that the detail names, its storage class and its volumes.',
  ),
  CONTAINER_FAILED: describe(502, 'The container of the desktop could not run.', 'Look at its image, its command and its log.'),
  OUT_OF_MEMORY: describe(502, 'It used more memory than it may.', 'Raise its memory limit, or close what needs so much.'),
  DESKTOP_EVICTED: describe(
    503,
    'The cluster ended the desktop.',
    'Look at the machine that the detail names: it was drained or short of something.',
  ),
  NODE_LOST: describe(503, 'The machine of the desktop has gone.', 'Start the desktop again; look at the machine.'),
  RUNTIME_FORBIDDEN: describe(
    500,
    'Deskhand may not do this in the cluster.',
    'Add the verb and the resource that the detail names to the Role of its service account.',
  ),
  POD_REFUSED: describe(
    500,
    'The cluster refuses the pod.',
    'Correct what the detail names: settings of runtime.pod or of the profile, runtime.namespace, or files of the login that are too large.',
  ),
  FOLDER_NOT_OURS: describe(500, 'A folder that desktops need belongs to somebody else.', 'Do with the folder what the detail says.'),
  RUNTIME_UNAVAILABLE: describe(503, 'Desktops cannot be started at the moment.', 'Look at /readyz, which says why.'),

  // Applications
  APPLICATION_NOT_FOUND: describe(404, 'There is no such application.', 'Choose one of /api/v1/applications.'),
  APPLICATION_NOT_ALLOWED: describe(403, 'You may not start this application.', 'Ask an operator to allow it for one of your labels.'),
  APPLICATION_LIMIT_REACHED: describe(409, 'Too many applications run on this desktop.', 'Close one first.'),
  APPLICATION_FAILED: describe(502, 'The application did not start.', 'Look at the log of the application.'),
  APPLICATION_LOST: describe(502, 'The application was ended from outside.', 'Start it again; look who removes pods of applications.'),
  APPLICATION_CRASHED: describe(502, 'The application crashed.', 'Look at the log of the application.'),

  // The agent inside a desktop
  AGENT_PROOF_INVALID: describe(
    401,
    'The caller did not prove that it knows the secret of this desktop.',
    'Only the gateway and the control plane may call an agent.',
  ),
  DISPLAY_NOT_READY: describe(503, 'The display is not up yet.', 'Wait a moment and connect again.'),
  WINDOW_NOT_FOUND: describe(404, 'There is no such window.', 'Read the list of windows again.'),
  TOO_MANY_CONNECTIONS: describe(503, 'Too many connections.', 'Close one first.'),

  // The server itself
  CONFIGURATION_INVALID: describe(500, 'The configuration is not valid.', 'Correct the settings that the message names.'),
  PORT_IN_USE: describe(500, 'The port is taken by another program.', 'End that program or set DESKHAND_PORT.'),
  KEYS_UNREADABLE: describe(
    500,
    'The keys of this installation cannot be read.',
    'Restore the folder keys of the data folder from a backup, or remove it: new ones are made, and everybody has to log in again.',
  ),
  STORE_LOCKED: describe(500, 'Another server uses this data folder.', 'End it, or set DESKHAND_DATA to another folder.'),
  STORE_CORRUPT: describe(500, 'The event store cannot be read.', 'Restore it from a backup.'),
  STORE_NOT_EMPTY: describe(
    409,
    'The event store is not empty, or somebody works with it.',
    'Stop the servers, and import into a new data folder or a new database.',
  ),
  EVENT_FILE_INVALID: describe(400, 'This is not a file of exported events, or it is not whole.', 'Export the events again.'),
  STORE_SCHEMA_OLD: describe(500, 'The database is not prepared for this version of Deskhand.', 'Run npm run migrate, then start again.'),
  STORE_SCHEMA_NEW: describe(
    500,
    'The database was prepared for a later version of Deskhand.',
    'Start that version, or restore a backup from before it.',
  ),
  STORE_UNAVAILABLE: describe(503, 'The event store does not answer.', 'Look at its server, its disk and the log.'),
} as const satisfies Record<string, ErrorDescription>;

export type ErrorCode = keyof typeof errorCatalogue;

/** What an error may carry beside its code. Nothing in it may be a secret: all of it is shown. */
export interface ErrorExtras {
  /** Fields at fault, by JSON path, each with what is wrong with it. */
  readonly fields?: Readonly<Record<string, string>>;
  /** Seconds after which another try makes sense (`Retry-After`). */
  readonly retryAfter?: number;
  /** Methods that the address takes (`Allow`). */
  readonly allow?: readonly string[];
}

/** An error with a code of the catalogue: the only kind that callers are meant to see. */
export class DeskhandError extends Error {
  override readonly name = 'DeskhandError';

  /**
   * @param code which error it is
   * @param detail what happened this time, in one sentence and without secrets; the title of the code by default
   */
  constructor(
    readonly code: ErrorCode,
    readonly detail: string = errorCatalogue[code].title,
    readonly extras: ErrorExtras = {},
    options?: ErrorOptions,
  ) {
    super(`${code}: ${detail}`, options);
  }

  get status(): number {
    return errorCatalogue[this.code].status;
  }
  get title(): string {
    return errorCatalogue[this.code].title;
  }
  get remedy(): string {
    return errorCatalogue[this.code].remedy;
  }
}
