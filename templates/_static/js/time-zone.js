// The browser knows its time zone: nobody has to choose it at registration.
const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
if (timeZone) document.querySelectorAll("input[data-time-zone]").forEach((field) => (field.value = timeZone));
