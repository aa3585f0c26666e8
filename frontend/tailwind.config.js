const themed = (name) => `rgb(var(--${name}) / <alpha-value>)`;

/** @type {import("tailwindcss").Config} */
export default {
  content: ["./index.html", "./src/**/*.{ts,tsx}"],
  theme: {
    extend: {
      colors: {
        page: themed("page"),
        panel: themed("panel"),
        line: themed("line"),
        ink: themed("ink"),
        muted: themed("muted"),
        brand: themed("brand"),
        ok: themed("ok"),
        down: themed("down"),
        late: themed("late"),
      },
    },
  },
};
