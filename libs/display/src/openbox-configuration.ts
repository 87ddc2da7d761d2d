/** The window manager's configuration: one desktop, few keys, and no menu from which anything could be started. */

import { THEME_NAME } from './openbox-theme.js';

const click = (button: string, actions: string): string =>
  `<mousebind button="${button}" action="Press"><action name="Focus"/><action name="Raise"/>${actions}</mousebind>`;
const titleButton = (context: string, action: string): string =>
  `<context name="${context}">${click('Left', '')}<mousebind button="Left" action="Click"><action name="${action}"/></mousebind></context>`;
const edge = (context: string, side: string): string =>
  `<context name="${context}"><mousebind button="Left" action="Drag"><action name="Resize"><edge>${side}</edge></action></mousebind></context>`;
const font = (place: string, weight: string): string =>
  `<font place="${place}"><name>sans</name><size>10</size><weight>${weight}</weight><slant>normal</slant></font>`;
const key = (name: string, action: string): string => `<keybind key="${name}">${action}</keybind>`;

// Beside these, all keys belong to the applications.
const keys = [
  key('A-F4', '<action name="Close"/>'),
  key(
    'A-Tab',
    '<action name="NextWindow"><finalactions><action name="Focus"/><action name="Raise"/><action name="Unshade"/></finalactions></action>',
  ),
  key(
    'A-S-Tab',
    '<action name="PreviousWindow"><finalactions><action name="Focus"/><action name="Raise"/><action name="Unshade"/></finalactions></action>',
  ),
];

export const openboxConfiguration = `<?xml version="1.0" encoding="UTF-8"?>
<openbox_config xmlns="http://openbox.org/3.4/rc">
<resistance><strength>10</strength><screen_edge_strength>20</screen_edge_strength></resistance>
<focus><focusNew>yes</focusNew><followMouse>no</followMouse><focusLast>yes</focusLast><raiseOnFocus>no</raiseOnFocus></focus>
<placement><policy>Smart</policy><center>yes</center></placement>
<theme><name>${THEME_NAME}</name><titleLayout>NLIMC</titleLayout><keepBorder>yes</keepBorder><animateIconify>no</animateIconify>
${font('ActiveWindow', 'bold')}${font('InactiveWindow', 'normal')}${font('MenuHeader', 'normal')}${font('MenuItem', 'normal')}
</theme>
<desktops><number>1</number><firstdesk>1</firstdesk><popupTime>0</popupTime></desktops>
<resize><drawContents>yes</drawContents><popupShow>Never</popupShow></resize>
<keyboard>${keys.join('')}</keyboard>
<mouse>
<dragThreshold>4</dragThreshold><doubleClickTime>400</doubleClickTime><screenEdgeWarpTime>0</screenEdgeWarpTime>
<context name="Frame">
<mousebind button="A-Left" action="Press"><action name="Focus"/><action name="Raise"/></mousebind>
<mousebind button="A-Left" action="Drag"><action name="Move"/></mousebind>
<mousebind button="A-Right" action="Drag"><action name="Resize"/></mousebind>
</context>
<context name="Titlebar">
<mousebind button="Left" action="Drag"><action name="Move"/></mousebind>
<mousebind button="Left" action="DoubleClick"><action name="ToggleMaximize"/></mousebind>
</context>
<context name="Titlebar Top Right Bottom Left TLCorner TRCorner BRCorner BLCorner">${click('Left', '')}
${click('Right', '<action name="ShowMenu"><menu>client-menu</menu></action>')}</context>
<context name="Client">${click('Left', '')}${click('Middle', '')}${click('Right', '')}</context>
${edge('Top', 'top')}${edge('Bottom', 'bottom')}${edge('Left', 'left')}${edge('Right', 'right')}
<context name="TLCorner TRCorner BLCorner BRCorner"><mousebind button="Left" action="Drag"><action name="Resize"/></mousebind></context>
${titleButton('Close', 'Close')}${titleButton('Maximize', 'ToggleMaximize')}${titleButton('Iconify', 'Iconify')}
<context name="Icon">${click('Left', '<action name="ShowMenu"><menu>client-menu</menu></action>')}</context>
<context name="MoveResize"/>
</mouse>
<menu><file>/dev/null</file></menu>
<applications/>
</openbox_config>
`;
