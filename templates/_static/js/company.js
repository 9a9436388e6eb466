// The kinds of company number follow the country that is chosen.
const kinds = document.querySelector("select[data-schemes]");
const country = document.querySelector("select[name=country]");

if (kinds && country) {
  const byCountry = JSON.parse(kinds.dataset.schemes);
  const none = kinds.options[0];

  country.addEventListener("change", () => {
    const schemes = byCountry[country.value];
    if (!schemes) return;
    const chosen = kinds.value;
    kinds.replaceChildren(none, ...schemes.map(([code, name]) => new Option(name, code)));
    kinds.value = schemes.some(([code]) => code === chosen) ? chosen : "";
  });
}
