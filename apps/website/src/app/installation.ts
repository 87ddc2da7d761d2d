/** What this installation calls itself: the gateway writes it into the page as its title, where it is before any script runs. */
export const installation = document.title || 'Deskhand';
