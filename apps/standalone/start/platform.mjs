/** Where `npm start` can work at all, decided before anything is touched. Runs on old Node versions: plain JavaScript, no dependencies. */

const OLDEST_NODE = 18;

/**
 * @param {{ platform: string, versions: { node: string } }} system `process`
 * @returns {string | undefined} one sentence for whoever started it, where it cannot work
 */
export function unsuitability({ platform, versions }) {
  if (platform === 'win32') return 'Deskhand runs on Linux: on Windows, install WSL2 (wsl --install) and run npm start inside it.';
  if (platform !== 'linux') return `Deskhand's desktops need Linux (or WSL2 on Windows); this is ${platform}.`;
  const major = Number(versions.node.split('.')[0]);
  return major >= OLDEST_NODE ? undefined : `npm start needs Node ${OLDEST_NODE} or newer to begin; this is Node ${versions.node}.`;
}
