// Fills the form's hidden time zone with the browser's own, so that meeting times read right without being asked.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
for (const field of document.querySelectorAll("input[name=timezone][type=hidden]")) field.value = zone ?? "";
