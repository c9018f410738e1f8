// Shows a push when it comes, also while no page of ours is open, and opens the page it tells of.

addEventListener("push", (event) => {
  const letter = event.data?.json() ?? {};
  const shown = self.registration.showNotification("Milkbridge", {
    body: letter.words ?? "",
    // A second push about the same thing takes the place of the first.
    tag: letter.tag,
    icon: "/static/img/icon-192.png",
    data: { path: letter.path ?? "/notices" },
  });
  event.waitUntil(shown);
});

addEventListener("notificationclick", (event) => {
  event.notification.close();
  const address = new URL(event.notification.data.path, self.location.origin);
  if (address.origin !== self.location.origin) return;
  event.waitUntil(show(address.href));
});

async function show(address) {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const open = pages.find((page) => page.url === address);
  return open ? open.focus() : self.clients.openWindow(address);
}
