/**
 * Colours and type of all pictures, as the style sheet that stands in each of them.
 *
 * The series' colours are those of Okabe and Ito, "Color Universal Design" (2008,
 * https://jfly.uni-koeln.de/color/): told apart with every kind of colour vision. Their yellow is
 * left out, which hardly shows on white. Colour never stands alone: each series has its own mark
 * and its name beside it, in the colour of all text.
 *
 * A picture brings its own ground, light or dark as its reader's system is: on a page that is not
 * of the same mind it is a card, and as readable. Colours are written out in both style sheets,
 * because programs that only draw know no variables; they draw the light one.
 */

interface Theme {
  readonly ground: string;
  readonly border: string;
  readonly ink: string;
  readonly quiet: string;
  readonly grid: string;
  readonly fine: string;
}

const LIGHT: Theme = {
  ground: "#ffffff",
  border: "#d1d9e0",
  ink: "#1f2328",
  quiet: "#59636e",
  grid: "#e1e5ea",
  fine: "#f1f3f5",
};

const DARK: Theme = {
  ground: "#0d1117",
  border: "#30363d",
  ink: "#e6edf3",
  quiet: "#9198a1",
  grid: "#2a3038",
  fine: "#191e25",
};

const seriesColours = ({ ink }: Theme): readonly string[] => [
  "#0072b2", // blue
  "#d55e00", // vermillion
  "#009e73", // bluish green
  "#cc79a7", // reddish purple
  "#e69f00", // orange
  "#56b4e9", // sky blue
  ink, // their black
];

export const COLOURS = seriesColours(LIGHT).length;

export const FONT_SIZES = { title: 18, subtitle: 13, text: 12, source: 10.5 } as const;

const SHAPES = [
  "text{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;" +
    `font-size:${FONT_SIZES.text}px;font-variant-numeric:tabular-nums}`,
  `.title{font-size:${FONT_SIZES.title}px;font-weight:600}`,
  `.subtitle{font-size:${FONT_SIZES.subtitle}px}`,
  `.source{font-size:${FONT_SIZES.source}px}`,
  ".heading{font-weight:600}",
  ".line{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}",
  ".many{stroke-width:1.25}",
  ".dashed{stroke-dasharray:6 5}",
  ".whisker{fill:none;stroke-width:1.5}",
  ".mark{stroke-width:1.5}",
  ".hollow{stroke-width:2}",
  ".leader{stroke-width:.75}",
  ".level{fill:none;stroke-width:1.75}",
  ".goal{stroke-dasharray:2 3}",
  ".trouble{fill:#d55e00;opacity:.35}",
  ".phase{fill:#56b4e9;opacity:.2}",
];

function coloursOf(theme: Theme): readonly string[] {
  const { ground, border, ink, quiet, grid, fine } = theme;
  return [
    `text{fill:${ink}}`,
    `.subtitle,.source,.quiet{fill:${quiet}}`,
    `.ground{fill:${ground};stroke:${border}}`,
    `.grid{stroke:${grid}}`,
    `.fine{stroke:${fine}}`,
    `.axis,.leader,.level{stroke:${quiet}}`,
    ...seriesColours(theme).map(
      (colour, slot) => `.s${slot}{stroke:${colour}}.fill${slot}{fill:${colour}}`,
    ),
    `.mark{stroke:${ground}}`,
    `.hollow{fill:${ground}}`,
    `.plain{stroke:${quiet}}`,
  ];
}

export const STYLE_SHEET = [
  ...SHAPES,
  ...coloursOf(LIGHT),
  "@media (prefers-color-scheme:dark){",
  ...coloursOf(DARK),
  "}",
].join("\n");
