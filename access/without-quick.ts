/** A spoke that the hub's Quick does not query: its own people do, as its analyst (R28-R31). */
import type { Fault } from "./faults";
import type { SpokeRequest } from "./request";

/** What of a request makes no sense without Quick, and what it needs then. */
export function withoutQuickFaults({ quick, analyst, roleB, dataSource, datasets }: SpokeRequest): Fault[] {
  if (quick) return [];
  const written = Object.entries({
    "roleB.name": roleB.name,
    "dataSource.id": dataSource.id,
    "dataSource.name": dataSource.name,
    "dataSource.authors": dataSource.authors[0],
    datasets: Object.keys(datasets)[0],
  });
  return [
    ...(analyst === false
      ? [
          {
            path: "analyst",
            message: "with `quick: false` nobody would query: write `analyst: true`, or leave quick out",
          },
        ]
      : []),
    ...written.flatMap(([path, value]) =>
      value === undefined
        ? []
        : [{ path, message: `Quick would use it, and the request says \`quick: false\`: leave ${path} out` }],
    ),
  ];
}
