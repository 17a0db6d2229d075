/** What a gate's chance of a false red night comes to over many nights. */

/** At least one in so many nights. */
export function chanceOfAlarm(perNight: number, nights: number): number {
  return 1 - (1 - perNight) ** nights;
}

/** The same where a red night is confirmed by an independent run of the same night. */
export function chanceOfConfirmedAlarm(perNight: number, nights: number): number {
  return chanceOfAlarm(perNight ** 2, nights);
}

/** At least one row of `length` red nights: the chances of the present row's length, night by night. */
export function chanceOfRedRow(perNight: number, nights: number, length = 2): number {
  let rows = [1, ...Array.from({ length: length - 1 }, () => 0)];
  let alarmed = 0;
  for (let night = 0; night < nights; night++) {
    alarmed += (rows.at(-1) ?? 0) * perNight;
    const green = rows.reduce((total, chance) => total + chance, 0) * (1 - perNight);
    rows = [green, ...rows.slice(0, -1).map((chance) => chance * perNight)];
  }
  return alarmed;
}
