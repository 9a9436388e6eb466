// Beside times on a venue's clocks: the same on the reader's, where those show something else. kervan.calendars.shown
// does it for people who are signed in; both write times alike.
const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
const locale = document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang;
const made = new Map();

function formats(timeZone) {
  if (!made.has(timeZone)) {
    made.set(timeZone, {
      day: new Intl.DateTimeFormat(locale, { timeZone, day: "numeric", month: "short", year: "numeric" }),
      clock: new Intl.DateTimeFormat(locale, { timeZone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" }),
    });
  }
  return made.get(timeZone);
}

const shown = (moments, zone) =>
  moments.map((moment) => ({ day: formats(zone).day.format(moment), clock: formats(zone).clock.format(moment) }));

const whole = ({ day, clock }) => `${day}, ${clock}`;

function beside(here, there) {
  const days = new Set([...here, ...there].map(({ day }) => day));
  const first = days.size === 1 ? here[0].clock : whole(here[0]);
  if (here.length === 1) return first;
  return `${first} – ${here[1].day === here[0].day ? here[1].clock : whole(here[1])}`;
}

function fill(place) {
  const sentence = place.dataset.ownTime;
  delete place.dataset.ownTime;
  const moments = [...place.parentElement.querySelectorAll("time")].map((time) => new Date(time.dateTime));
  let here, there;
  try {
    here = shown(moments, own);
    there = shown(moments, place.dataset.zone);
  } catch {
    return; // a browser that does not know one of the zones
  }
  if (here.map(whole).join() === there.map(whole).join()) return;
  const times = document.createElement("bdi");
  times.textContent = beside(here, there);
  const [before, after] = sentence.split("{times}");
  place.append(before, times, after);
  place.hidden = false;
}

function fillAll() {
  document.querySelectorAll("[data-own-time]").forEach(fill);
}

if (own) {
  fillAll();
  // Lists that are filtered bring their entries anew.
  new MutationObserver(fillAll).observe(document.body, { childList: true, subtree: true });
}
