// Package plan replays recorded view curves through polling schedules. It needs no Temporal, database or
// network: the schedule is the pure function that the tracking of clips calls too.
//
// Every policy reads each clip from its publication to the end of the window. The last reading falls on the end
// of the window, as the product's own does. For each policy the report has
//
//   - calls per clip: how many times a provider is asked about it,
//   - credited: the share of the views at the end of the window that a reading has counted,
//   - lag: the time from a view until a reading counts it, as the mean and the 95th percentile of all views.
//     Each clip weighs the same, however many views it has.
//   - cost per clip, at a price for one call.
//
// Readings that are taken to confirm a count are not part of it, and neither are retries.
//
// # Extrapolation
//
// Recordings are short, and end long before the window does. From the last recorded day on, the gain of a day
// falls by a constant ratio. It is the geometric mean of two: of the clip's own last two gains, kept between 0.3
// and 0.95, and of the median of all pairs of gains in the file. Before the first recorded day and between days, views
// grow evenly. The report has the measured part apart from the whole.
package plan
