/** Decides what a desktop's programs see of the agent's environment: by an allow-list, so that nothing of the server leaks into a desktop. */
import type { AgentConfiguration } from './agent-configuration.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** Marks every process of a run, whatever became of its process group. */
export const RUN_VARIABLE = 'DESKHAND_RUN';
/** Marks every process of a launch. */
export const APPLICATION_VARIABLE = 'DESKHAND_APPLICATION';

/** The value of {@link RUN_VARIABLE}; the folder is in it because two installations may know the same desktop. */
export function runMarker(run: Pick<AgentConfiguration, 'desktop' | 'run' | 'folder'>): string {
  return `${run.desktop}/${run.run}@${run.folder}`;
}

const HANDED_ON = /^(?:PATH|LANG|LC_[A-Z]+|TZ|SHELL)$/;

/** What the X server and the window manager get, and applications on top of which. */
export function baseEnvironment(source: Environment, configuration: AgentConfiguration): Record<string, string> {
  const given = Object.entries(source).filter((entry): entry is [string, string] => entry[1] !== undefined && HANDED_ON.test(entry[0]));
  return {
    PATH: '/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games',
    SHELL: '/bin/sh',
    // Programs without a UTF-8 locale garble every name that is not English.
    LANG: 'C.UTF-8',
    ...Object.fromEntries(given),
    ...(configuration.timezone ? { TZ: configuration.timezone } : {}),
    HOME: configuration.home,
    USER: configuration.userName,
    LOGNAME: configuration.userName,
    [RUN_VARIABLE]: runMarker(configuration),
  };
}

/** Adds what X clients need. */
export function displayEnvironment(base: Environment, display: { name: string; authority: string; runtimeFolder: string }) {
  return { ...base, DISPLAY: display.name, XAUTHORITY: display.authority, XDG_RUNTIME_DIR: display.runtimeFolder };
}

/**
 * The wished language, as the C library wants it.
 * @param tag BCP 47
 * @param installed locales of this machine, as `locale -a` lists them
 */
export function localeEnvironment(tag: string, installed: readonly string[]): Record<string, string> {
  const { language, region } = new Intl.Locale(tag).maximize();
  const name = `${language}_${region}`;
  const languages = { LANGUAGE: `${name}:${language}` };
  // A locale that is not installed makes programs fall back to ASCII: better another language than that.
  return installed.includes(`${name}.utf8`) ? { ...languages, LANG: `${name}.UTF-8`, LC_ALL: `${name}.UTF-8` } : languages;
}
