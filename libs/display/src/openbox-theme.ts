/** How windows are framed: flat and quiet, in the greys of the toolkits, so that the frame belongs to what is in it. */

/** Where openbox looks for it below XDG_DATA_HOME (openbox "Themes": the specification of themerc). */
export const THEME_NAME = 'Deskhand';
export const THEME_FILE = `themes/${THEME_NAME}/openbox-3/themerc`;

const ACTIVE = { bar: '#eceef2', text: '#1c2430', image: '#4a5565', edge: '#171d27' };
const INACTIVE = { bar: '#dfe3e9', text: '#667085', image: '#98a2b3', edge: '#232b37' };

const frame = (state: 'active' | 'inactive', { bar, text, image, edge }: typeof ACTIVE): string => `
window.${state}.title.bg: flat solid
window.${state}.title.bg.color: ${bar}
window.${state}.title.separator.color: ${bar}
window.${state}.label.bg: parentrelative
window.${state}.label.text.color: ${text}
window.${state}.handle.bg: flat solid
window.${state}.handle.bg.color: ${bar}
window.${state}.grip.bg: flat solid
window.${state}.grip.bg.color: ${bar}
window.${state}.border.color: ${edge}
window.${state}.client.color: ${bar}
window.${state}.button.*.bg: parentrelative
window.${state}.button.*.image.color: ${image}
window.${state}.button.*.hover.bg: flat solid
window.${state}.button.*.hover.bg.color: #d0d5dd
window.${state}.button.*.hover.image.color: ${ACTIVE.text}
window.${state}.button.*.pressed.bg: flat solid
window.${state}.button.*.pressed.bg.color: #b9c0cc
window.${state}.button.*.pressed.image.color: ${ACTIVE.text}
window.${state}.button.close.hover.bg: flat solid
window.${state}.button.close.hover.bg.color: #d92d20
window.${state}.button.close.hover.image.color: #ffffff
`;

export const openboxTheme = `
border.width: 1
padding.width: 8
padding.height: 5
window.handle.width: 4
window.client.padding.width: 0
window.client.padding.height: 0
window.label.text.justify: center
${frame('active', ACTIVE)}${frame('inactive', INACTIVE)}
menu.border.width: 1
menu.border.color: ${ACTIVE.edge}
menu.items.bg: flat solid
menu.items.bg.color: #ffffff
menu.items.text.color: ${ACTIVE.text}
menu.items.disabled.text.color: ${INACTIVE.image}
menu.items.active.bg: flat solid
menu.items.active.bg.color: #4f46e5
menu.items.active.text.color: #ffffff
menu.title.bg: flat solid
menu.title.bg.color: ${ACTIVE.bar}
menu.title.text.color: ${ACTIVE.text}
osd.bg: flat solid
osd.bg.color: #ffffff
osd.label.text.color: ${ACTIVE.text}
osd.hilight.bg: flat solid
osd.hilight.bg.color: #4f46e5
osd.unhilight.bg: flat solid
osd.unhilight.bg.color: #d0d5dd
`;
