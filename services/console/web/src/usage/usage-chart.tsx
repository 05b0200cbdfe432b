import type { UsageRowAnswer } from '@gatehouse/console/usage/usage.schema';
import { useEffect, useId, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { Table } from '../ui/table';
import { count, moment, usd } from '../ui/words';

interface UsageChartProps {
  /** One for each interval in which there was something. */
  readonly rows: readonly UsageRowAnswer[];
  readonly every: 'hour' | 'day';
  /** RFC 3339; what is shown, used or not. */
  readonly range: { readonly from: string; readonly to: string };
}

const HEIGHT = 240;

/** Cost and requests over time: a picture, and its figures for who does not see it. */
export const UsageChart = ({ rows, every, range: { from, to } }: UsageChartProps) => {
  const id = useId();
  const place = useRef<HTMLDivElement>(null);
  const timed = rows.filter(({ begins }) => begins !== null);
  const said = JSON.stringify(timed.map(({ begins, cost, requests }) => [begins, cost, requests]));
  useEffect(() => {
    const element = place.current;
    if (!element) return undefined;
    const points = JSON.parse(said) as [string, string, number][];
    const chart = new uPlot(optionsFor(element, [secondsOf(from), secondsOf(to)]), dataOf(points), element);
    const resized = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height: HEIGHT }));
    resized.observe(element);
    return () => {
      resized.disconnect();
      chart.destroy();
    };
  }, [said, from, to]);
  return (
    <figure className="panel stack" aria-labelledby={id}>
      <figcaption id={id}>Cost and requests {every === 'day' ? 'a day' : 'an hour'}, in UTC</figcaption>
      <div ref={place} className="chart" aria-hidden="true" />
      <details>
        <summary>The same as a table</summary>
        <Table
          caption={`Cost and requests by ${every}`}
          rows={timed}
          keyOf={({ begins }) => String(begins)}
          columns={[
            { label: 'Begins', cell: ({ begins }) => moment(begins) },
            { label: 'Cost', figures: true, cell: ({ cost }) => usd(cost) },
            { label: 'Requests', figures: true, cell: ({ requests }) => count(requests) },
          ]}
        />
      </details>
    </figure>
  );
};

const secondsOf = (rfc3339: string): number => Date.parse(rfc3339) / 1_000;

/** Pixels, to which the cents of a cent do not matter. */
const dataOf = (points: readonly [string, string, number][]): uPlot.AlignedData => [
  points.map(([begins]) => secondsOf(begins)),
  points.map(([, cost]) => Number(cost)),
  points.map(([, , requests]) => requests),
];

const optionsFor = (element: HTMLElement, shown: [from: number, to: number]): uPlot.Options => {
  const style = getComputedStyle(element);
  const [ink, line] = [style.color, style.borderColor];
  const axis = { stroke: ink, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 } };
  return {
    width: element.clientWidth,
    height: HEIGHT,
    // Days and hours of limits and invoices.
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1_000), 'Etc/UTC'),
    legend: { live: true },
    series: [
      {},
      { label: 'Cost ($)', stroke: style.getPropertyValue('--accent'), width: 2, points: { show: true } },
      {
        label: 'Requests',
        scale: 'requests',
        stroke: style.getPropertyValue('--good'),
        width: 1,
        dash: [4, 4],
      },
    ],
    scales: { x: { range: () => shown }, requests: { auto: true } },
    axes: [axis, { ...axis, label: '$' }, { ...axis, scale: 'requests', side: 1, grid: { show: false } }],
  };
};
