// Forms in which an answer decides what else is asked: data-when="registration=PLATFORM|EXTERNAL" is shown while one of
// these is chosen, data-when="whole_days=" while that box is not ticked. Without scripts everything stands there.
function chosen(form, name) {
  const fields = [...form.elements].filter((field) => field.name === name);
  if (fields[0]?.type === "radio" || fields[0]?.type === "checkbox") {
    return fields.find((field) => field.checked)?.value ?? "";
  }
  return fields[0]?.value ?? "";
}

function follow(form) {
  const parts = [...form.querySelectorAll("[data-when]")];
  if (!parts.length || form.dataset.follows) return;
  form.dataset.follows = "1";
  const show = () => {
    for (const part of parts) {
      const [name, values] = part.dataset.when.split("=");
      // What was refused is never hidden from who has to mend it.
      part.hidden = !values.split("|").includes(chosen(form, name)) && !part.querySelector(".form-error");
    }
  };
  form.addEventListener("change", show);
  show();
}

const start = () => document.querySelectorAll("form").forEach(follow);
start();
// A refused form that was sent with files takes the place of the old one (upload.js).
document.addEventListener("form-shown", start);
