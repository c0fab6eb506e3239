"""What fleets deliver in the twin, on recordings: the second half of the tables of ops/EVALUATION.md.

python3 Tests/Evaluate/twins.py HEADROOM DATA [--evenings N] [--cars N]

HEADROOM is the built command, DATA the folder of recordings. Scores are those of DATA/golden/reference.py, which
knows nothing of us; frequencies that no recording gives in seconds are noise with the recorded hourly deviation.
Standard library only. A recording that is absent is said and skipped.
"""
import csv
import datetime
import json
import math
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

DAY = datetime.timedelta(days=1)
# Name, dead time of all stations or the least of them, the most where each has its own, s; and whether a test came before.
LAGS = (('1', 1, None, False), ('0–7, drawn', 0, 7, False), ('0–7, drawn, tested before', 0, 7, True), ('4', 4, None, False),
        ('7', 7, None, False))
UTC = datetime.timezone.utc


def iso(at):
    return at.strftime('%Y-%m-%dT%H:%M:%S.') + f'{at.microsecond // 1000:03d}Z'


class Twin:
    """Runs `headroom twin run` in a folder of its own."""

    def __init__(self, headroom):
        self.headroom = str(Path(headroom).resolve())

    def run(self, region, product, award_kw, sessions, signal, latency_ms, kind='setpoint', step=2.0, sites=None,
            up_to_ms=None):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            names = sites or {'s': 1e6}
            config = {
                'region': region, 'seed': 1, 'wearPerKilowattHour': 0.03,
                'stations': {'kind': kind, 'latencyMilliseconds': latency_ms, 'rampKilowattsPerSecond': 50,
                             'minimumKilowatts': 0, 'stepWatts': 1},
                'sites': [{'id': site, 'importKilowatts': kilowatts, 'exportKilowatts': kilowatts}
                          for site, kilowatts in names.items()]}
            if up_to_ms:
                config['stations']['latencyUpToMilliseconds'] = up_to_ms
            # JSON is YAML.
            (folder / 'twin.yaml').write_text(json.dumps(config, indent=1))
            write(folder / 'sessions.csv', 'vehicle_id,site_id,arrival,departure,arrival_soc,target_soc,min_soc,'
                  'battery_kwh,max_charge_kw,max_discharge_kw,efficiency', sessions)
            write(folder / 'signal.csv', 'time,value', ((iso(at), value) for at, value in signal))
            command = [self.headroom, 'twin', 'run', '--config', 'twin.yaml', '--sessions', 'sessions.csv', '--signal',
                       'signal.csv', '--product', product, '--award', str(award_kw), '--step', str(step), '--out', 'out']
            root = Path(__file__).resolve().parents[2]
            (folder / 'Config').symlink_to(root / 'Config')
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
            if done.returncode:
                sys.exit(f'twins: {done.stderr.strip() or done.stdout.strip()}')
            kpis = json.loads((folder / 'out' / 'kpis.json').read_text())
            with open(folder / 'out' / 'delivered.csv', newline='') as handle:
                rows = [(r['time'], float(r['requested_kw']), float(r['delivered_kw'])) for r in csv.DictReader(handle)]
            return kpis, rows


def write(path, header, rows):
    with open(path, 'w') as handle:
        handle.write(header + '\n')
        for row in rows:
            handle.write(','.join(str(field) for field in row) + '\n')


def fleet(count, arrival, departure, seed):
    """Cars as they stand at a depot: half full, nearly half an hour's charging to go, 11 kW both ways."""
    generator = random.Random(seed)
    for car in range(count):
        soc = generator.uniform(0.45, 0.65)
        yield (f'car-{car}', 's', iso(arrival), iso(departure), f'{soc:.4f}', f'{min(0.9, soc + 0.05):.4f}', 0.2, 62, 11,
               11, 0.95)


def test_before(start):
    """Steps as in a test before a fleet is admitted: 20 min, each level stands 40 s, so that meters can prove who lags."""
    levels = (1, -1, 0.5, -0.5, 0.8, -0.3, 0.3, -0.8)
    # A block of its own.
    first = start - datetime.timedelta(hours=1)
    steps = [(first + datetime.timedelta(seconds=40 * i), f'{levels[i % len(levels)]:.4f}') for i in range(30)]
    return steps + [(first + datetime.timedelta(minutes=20), '0')]


def shares(rows):
    """Σ min(delivered, requested) ÷ Σ requested, over-delivery and error beside it, and what came unasked, mean kW."""
    asked = came = over = off = drift = 0.0
    calm = 0
    for _, requested, delivered in rows:
        if not requested:
            drift += abs(delivered)
            calm += 1
            continue
        way = 1 if requested > 0 else -1
        asked += abs(requested)
        came += max(0.0, min(abs(requested), delivered * way))
        over += max(0.0, delivered * way - abs(requested))
        off += abs(delivered - requested)
    drift = drift / calm if calm else 0.0
    return (came / asked, over / asked, off / asked, drift) if asked else (1.0, 0.0, 0.0, drift)


def tens(seconds):
    """Means of each ten seconds."""
    return [sum(seconds[i:i + 10]) / 10 for i in range(0, len(seconds), 10)]


def evenings(twin, data, count, cars):
    sys.path.insert(0, str(data / 'golden'))
    import reference
    golden = json.loads((data / 'golden' / 'golden_vectors.json').read_text())
    days = reference.load_caiso()
    print(f'\n**Regulation: {min(count, len(days))} recorded evenings (CAISO, 18:00–22:00, 4 s), {cars} cars, 60 % of '
          'their power awarded, PJM-REG-CLASSIC**\n')
    print('| stations lag, s | Σ min ÷ Σ requested | over-delivery | mean error | score, unshifted | worst evening | '
          'score, first 10 s free | correlation | delay | precision | hours with less sold | missed departures |')
    print('|---|---|---|---|---|---|---|---|---|---|---|---|')
    for name, latency, up_to, is_tested in LAGS:
        hours, freed, sums, worst, missed, fewer = [], [], [], (2.0, ''), 0, 0
        for number, (day, values) in enumerate(sorted(days.items())[:count]):
            start = datetime.datetime.fromisoformat(day).replace(tzinfo=UTC) + datetime.timedelta(hours=18)
            signal = [(start + datetime.timedelta(seconds=4 * i), f'{v:.4f}') for i, v in enumerate(values)]
            signal = test_before(start) + signal if is_tested else signal
            award = cars * 11 * 0.6
            kpis, rows = twin.run(
                'pjm', 'PJM-REG-CLASSIC', award,
                fleet(cars, start - datetime.timedelta(minutes=65 if is_tested else 5),
                      start + datetime.timedelta(hours=6), number), signal, latency * 1000, step=1, up_to_ms=up_to and up_to * 1000)
            begin = datetime.datetime.fromisoformat(rows[0][0].replace('Z', '+00:00'))
            ahead = (start - begin).total_seconds()
            sums.append(shares([row for i, row in enumerate(rows) if 0 <= i - ahead < 14400]))
            # Against the recording times what was sold, in means of ten seconds: samples would fall on the very instant of
            # a change.
            played = rows[int(ahead):int(ahead) + 14400]
            asked = tens([row[1] / award for row in played])
            came = tens([row[2] / award for row in played])
            least = [max(abs(row[1]) for row in played[h * 3600:h * 3600 + 3600]) / award for h in range(4)]
            fewer += sum(asked_most < 0.9 * max(abs(v) for v in values[h * 900:h * 900 + 900])
                         for h, asked_most in enumerate(least))
            missed += len(kpis['readiness_missed'])
            evening = []
            for hour in range(4):
                part = slice(hour * 360, hour * 360 + 390)
                evening.append(reference.pjm(asked[part], came[part], 10, shift=0))
                freed.append(reference.pjm(asked[part], came[part], 10, shift=1)['score'])
            hours += evening
            worst = min(worst, (reference.mean([e['score'] for e in evening]), day))
        means = [reference.mean([h[k] for h in hours]) for k in ('score', 'correlation', 'delay', 'precision')]
        came = [reference.mean([s[k] for s in sums]) for k in range(3)]
        print(f'| {name} | {came[0]:.4f} | {came[1]:.4f} | {came[2]:.4f} | {means[0]:.4f} | {worst[0]:.4f} ({worst[1]}) | '
              f'{reference.mean(freed):.4f} | {means[1]:.4f} | {means[2]:.4f} | {means[3]:.4f} | {fewer} of {len(hours)} | {missed} |', flush=True)
    reference_names = ', '.join(golden) if isinstance(golden, dict) else ''
    check = subprocess.run([sys.executable, str(data / 'golden' / 'reference.py')], capture_output=True, text=True)
    print(f'\n- golden vectors ({reference_names}): recomputed by the reference '
          f'{"alike" if check.returncode == 0 else "with differences"}; ours against them: GoldenProductTests, ScoreTests')


def event(twin, data):
    """9 August 2019 through resident curves: what is outside the earliest and the latest permitted response."""
    path = data / 'frequency-gb-2019-08-09' / 'neso-frequency-2019-08-09-event-window.csv'
    with open(path, newline='') as handle:
        recorded = [(datetime.datetime.fromisoformat(r['utc_time'].replace('Z', '+00:00')), float(r['frequency_hz']))
                    for r in csv.DictReader(line for line in handle if not line.startswith('#'))]
    # The product is bought in whole blocks, and not in 2019: the recording is played in a block of this January.
    shift = datetime.datetime(2026, 1, 15, tzinfo=UTC) - datetime.datetime(2019, 8, 9, tzinfo=UTC)
    recorded = [(at + shift, hertz) for at, hertz in recorded]
    start, end = recorded[0][0], recorded[-1][0]
    block = start.replace(hour=15, minute=0), start.replace(hour=18, minute=59, second=56)
    played = [(block[0], 50.0), (start - datetime.timedelta(seconds=1), 50.0)] + recorded + [
        (end + datetime.timedelta(seconds=60), 50.0), (block[1], 50.0)]
    print(f'\n**Great Britain, 9 August 2019, {len(recorded)} s, 200 cars, 1 MW of GB-DCL, curves in the stations**\n')
    print('| stations answer after, s | seconds looked at | error above 3 % | above 7 % | worst error | '
          'Σ min ÷ Σ requested | over-delivery |')
    print('|---|---|---|---|---|---|---|')
    for latency in (200, 400, 900):
        award = 1_000.0
        _, rows = twin.run(
            'gb', 'GB-DCL', award,
            fleet(200, block[0] - datetime.timedelta(minutes=5), block[1] + datetime.timedelta(minutes=30), 9), played,
            latency, kind='curve', step=0.1)
        begin = datetime.datetime.fromisoformat(rows[0][0].replace('Z', '+00:00'))

        def asked(seconds):
            place = min(max(0.0, seconds), len(recorded) - 1.001)
            left = int(place)
            hertz = recorded[left][1] + (recorded[left + 1][1] - recorded[left][1]) * (place - left)
            below = 50 - hertz
            if below <= 0.015:
                return 0.0
            return min(1.0, 0.05 * (below - 0.015) / 0.185 if below <= 0.2 else 0.05 + 0.95 * (below - 0.2) / 0.3)

        errors, used = [], []
        for index, row in enumerate(rows):
            seconds = (begin - start).total_seconds() + index * 0.1
            # The first seconds of the award: the plan of the block has to be named.
            if not 5 <= seconds <= len(recorded) - 1:
                continue
            permitted = [asked(seconds - back * 0.05) for back in range(0, 22)]
            came = row[2] / award
            errors.append(max(0.0, min(permitted) - came, came - max(permitted)))
            used.append(row)
        came = shares(used)
        print(f'| {latency / 1000} | {len(errors) / 10:.0f} | {sum(e > 0.03 for e in errors)} | '
              f'{sum(e > 0.07 for e in errors)} | {max(errors):.4f} | {came[0]:.4f} | {came[1]:.4f} |', flush=True)


def households(data, count, start, days, seed):
    """Stays of whole recorded users, drawn with replacement, moved to the run's days by whole weeks."""
    with open(data / 'ev-sessions-norway' / 'users.csv', newline='') as handle:
        users = {
            r['user_id']: (float(r['charging_power'] or 3.6), float(r['battery_capacity'] or 40))
            for r in csv.DictReader(handle)}
    stays = {}
    with open(data / 'ev-sessions-norway' / 'sessions.csv', newline='') as handle:
        for row in csv.DictReader(handle):
            try:
                arrival = datetime.datetime.fromisoformat(row['plugin_time'])
                departure = datetime.datetime.fromisoformat(row['plugout_time'])
                energy, soc = float(row['energy_session']), float(row['SoC_start'] or 40)
            except ValueError:
                continue
            if datetime.timedelta(minutes=10) < departure - arrival < 3 * DAY:
                stays.setdefault(row['user_id'], []).append((arrival, departure, energy, soc))
    generator = random.Random(seed)
    names = sorted(name for name in stays if name in users and len(stays[name]) > 20)
    naive = start.replace(tzinfo=None)
    for car in range(count):
        name = generator.choice(names)
        power, capacity = users[name]
        middle = generator.choice(stays[name])[0]
        weeks = round((naive - middle) / (7 * DAY))
        for number, (arrival, departure, energy, soc) in enumerate(sorted(stays[name])):
            arrival, departure = arrival + 7 * DAY * weeks, departure + 7 * DAY * weeks
            if arrival < naive or departure > naive + days * DAY:
                continue
            begin = min(0.95, max(0.05, soc / 100))
            # What was charged is what the driver wanted, as far as nine tenths of the power bring it, and below the taper.
            hours = (departure - arrival).total_seconds() / 3600
            target = min(max(begin, 0.9), begin + 0.95 * min(energy, 0.9 * power * hours) / capacity)
            yield (f'car-{car}-{number}', f's{car % 40}', iso(arrival), iso(departure), f'{begin:.4f}', f'{target:.4f}',
                   f'{min(0.2, begin):.4f}', capacity, power, power, 0.95)


def noise(data, start, seconds, step, seed):
    """Frequency of a Nordic winter: noise that forgets itself in a minute, with the recorded deviation of each hour."""
    with open(data / 'frequency-nordic-hourly-std' / 'nordic_hourly_std.csv', newline='') as handle:
        deviations = [float(r['Std F_rec'] or 0.03) for r in csv.DictReader(handle)]
    generator = random.Random(seed)
    level = 0.0
    keep = math.exp(-step / 60)
    for index in range(int(seconds / step)):
        deviation = deviations[int(index * step / 3600) % len(deviations)]
        level = level * keep + generator.gauss(0, deviation * math.sqrt(1 - keep * keep))
        yield start + datetime.timedelta(seconds=index * step), f'{50 + level:.4f}'


def fleets(twin, data, cars):
    sys.path.insert(0, str(data / 'golden'))
    import reference
    # The classic regulation is history; the others are bought as they are now. All begin on a Tuesday, with a block.
    start, past = (datetime.datetime(year, 1, day, 11, tzinfo=UTC) for year, day in ((2026, 13), (2020, 14)))
    days = 1
    sessions = {begin: list(households(data, cars, begin, days, 3)) for begin in (start, past)}
    values = [v for day in sorted(reference.load_caiso().items()) for v in day[1]]
    steps = days * 86400 // 4
    agc = [(past + datetime.timedelta(seconds=4 * i), f'{values[i % len(values)]:.4f}') for i in range(steps)]
    hertz = list(noise(data, start, days * 86400, 4, 5))
    sites = {f's{number}': 4.0 * cars / 40 for number in range(40)}
    print(f'\n**A day of Norwegian households, {len(sessions[start])} stays of {cars} users at 40 sites, by product**\n')
    print('| product | award, kW | Σ min ÷ Σ requested | over-delivery | unasked, mean kW | ready | missed | of them avoidable | reasons | '
          'full cycles, per car and day | wear, per car and day | capacity revenue, per car and day | award covered, % of time | wall, s |')
    print('|---|---|---|---|---|---|---|---|---|---|---|---|---|---|')
    # `none` is the smart charging that the others are seen beside.
    for region, product, signal, award in (
            ('pjm', 'PJM-REG-CLASSIC', agc, 0.0), ('pjm', 'PJM-REG-CLASSIC', agc, 300),
            ('nordic', 'NORDIC-FCRN', hertz, 300), ('nordic', 'NORDIC-FCRD-UP', hertz, 1000),
            ('gb', 'GB-DCL', hertz, 1000)):
        begin = time.monotonic()
        award = math.floor(award / 100) * 100
        resident = region != 'pjm'
        kpis, rows = twin.run(region, product, award, sessions[past if region == 'pjm' else start], signal, 400 if resident else 1000,
                              kind='curve' if resident else 'setpoint', step=4, sites=sites)
        missed = kpis['readiness_missed']
        reasons = {}
        for miss in missed:
            short = miss['reason'].split(':')[0][:40]
            reasons[short] = reasons.get(short, 0) + 1
        # Nobody but us stands behind a miss of these reasons.
        avoidable = sum(n for reason, n in reasons.items() if reason.startswith('grid order') or not reason)
        came = shares(rows)
        text = ', '.join(f'{reason}: {n}' for reason, n in sorted(reasons.items())) or '–'
        name = product if award else 'none (charging only)'
        print(f'| {name} | {award} | {came[0]:.4f} | {came[1]:.4f} | {came[3]:.1f} | {kpis["readiness_met"]} of {kpis["sessions"]} | '
              f'{len(missed)} | {avoidable} | {text} | {float(kpis["equivalent_full_cycles"]) / cars / days:.3f} | '
              f'{float(kpis["wear_cost"]) / cars / days:.3f} {kpis["currency"]} | '
              f'{float(kpis["capacity_revenue"]) / cars / days:.3f} {kpis["currency"]} | '
              f'{float(kpis["availability"]) * 100:.0f} | {time.monotonic() - begin:.0f} |', flush=True)


def option(name, usual):
    return int(sys.argv[sys.argv.index(name) + 1]) if name in sys.argv else usual


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    twin, data = Twin(sys.argv[1]), Path(sys.argv[2])
    begin = time.monotonic()
    if (data / 'regulation-signal-caiso-4s').exists() and (data / 'golden').exists():
        evenings(twin, data, option('--evenings', 90), option('--cars', 40))
    else:
        print(f'skipped: no regulation signal at {data}')
    if (data / 'frequency-gb-2019-08-09').exists():
        event(twin, data)
    else:
        print(f'skipped: no frequency of 9 August 2019 at {data}')
    if (data / 'ev-sessions-norway').exists() and (data / 'frequency-nordic-hourly-std').exists():
        fleets(twin, data, option('--users', 8000))
    else:
        print(f'skipped: no charging sessions at {data}')
    print(f'\n- wall time of the twin\'s runs: {time.monotonic() - begin:.0f} s')


if __name__ == '__main__':
    main()
