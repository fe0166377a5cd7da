;; Undoes the filters of a PNG's rows (PNG specification, section 9). At `from` stand rows, each a filter's number and
;; `length` bytes. Their own bytes go to `to`, `stride` bytes from row to row, before which stands the row above the first;
;; 16 bytes more than `length` may be written, so `stride` is at least that much more.
(module
  (memory (export "memory") 1)

  ;; Takes `rows` rows of pixels of `pixel` bytes, 1 to 8. A pixel is taken at a time, its bytes side by side as 16-bit
  ;; lanes. Returns 0, or 1 for a filter that does not exist.
  (func (export "unfilter")
    (param $from i32) (param $rows i32) (param $length i32) (param $pixel i32) (param $to i32) (param $stride i32)
    (result i32)
    (local $filter i32) (local $end i32) (local $start i32)
    (local $left v128) (local $up v128) (local $corner v128) (local $guess v128)
    (local $toLeft v128) (local $toUp v128) (local $toCorner v128) (local $nearest v128)
    (loop $row
      (local.set $filter (i32.load8_u (local.get $from)))
      (if (i32.gt_u (local.get $filter) (i32.const 4)) (then (return (i32.const 1))))
      (local.set $from (i32.add (local.get $from) (i32.const 1)))
      (local.set $start (local.get $to))
      (local.set $end (i32.add (local.get $to) (local.get $length)))
      (local.set $left (v128.const i64x2 0 0))
      (local.set $corner (v128.const i64x2 0 0))
      (block $done
        ;; As stored.
        (if (i32.eqz (local.get $filter))
          (then
            (memory.copy (local.get $to) (local.get $from) (local.get $length))
            (local.set $from (i32.add (local.get $from) (local.get $length)))
            (br $done)))
        ;; Less the left neighbour.
        (if (i32.eq (local.get $filter) (i32.const 1))
          (then
            (loop $next
              (local.set $left (i8x16.add (local.get $left) (v128.load64_zero (local.get $from))))
              (v128.store64_lane 0 (local.get $to) (local.get $left))
              (local.set $from (i32.add (local.get $from) (local.get $pixel)))
              (local.set $to (i32.add (local.get $to) (local.get $pixel)))
              (br_if $next (i32.lt_u (local.get $to) (local.get $end))))
            (br $done)))
        ;; Less the one above: 16 bytes at a time.
        (if (i32.eq (local.get $filter) (i32.const 2))
          (then
            (loop $next
              (v128.store (local.get $to)
                (i8x16.add
                  (v128.load (local.get $from))
                  (v128.load (i32.sub (local.get $to) (local.get $stride)))))
              (local.set $from (i32.add (local.get $from) (i32.const 16)))
              (local.set $to (i32.add (local.get $to) (i32.const 16)))
              (br_if $next (i32.lt_u (local.get $to) (local.get $end))))
            (local.set $from (i32.sub (local.get $from) (i32.sub (local.get $to) (local.get $end))))
            (br $done)))
        (loop $next
          (local.set $up (v128.load8x8_u (i32.sub (local.get $to) (local.get $stride))))
          (if (i32.eq (local.get $filter) (i32.const 3))
            ;; Less the mean of left and above.
            (then
              (local.set $guess (i16x8.shr_u (i16x8.add (local.get $left) (local.get $up)) (i32.const 1))))
            ;; Less that neighbour to which left + above - corner is nearest: left wins a tie, then above (Paeth).
            (else
              (local.set $toLeft (i16x8.sub (local.get $up) (local.get $corner)))
              (local.set $toUp (i16x8.sub (local.get $left) (local.get $corner)))
              (local.set $toCorner (i16x8.abs (i16x8.add (local.get $toLeft) (local.get $toUp))))
              (local.set $toLeft (i16x8.abs (local.get $toLeft)))
              (local.set $toUp (i16x8.abs (local.get $toUp)))
              (local.set $nearest
                (i16x8.min_s (local.get $toLeft) (i16x8.min_s (local.get $toUp) (local.get $toCorner))))
              (local.set $guess
                (v128.bitselect
                  (local.get $left)
                  (v128.bitselect
                    (local.get $up)
                    (local.get $corner)
                    (i16x8.eq (local.get $nearest) (local.get $toUp)))
                  (i16x8.eq (local.get $nearest) (local.get $toLeft))))
              (local.set $corner (local.get $up))))
          (local.set $left
            (v128.and
              (i16x8.add (v128.load8x8_u (local.get $from)) (local.get $guess))
              (v128.const i16x8 255 255 255 255 255 255 255 255)))
          (v128.store64_lane 0 (local.get $to) (i8x16.narrow_i16x8_u (local.get $left) (local.get $left)))
          (local.set $from (i32.add (local.get $from) (local.get $pixel)))
          (local.set $to (i32.add (local.get $to) (local.get $pixel)))
          (br_if $next (i32.lt_u (local.get $to) (local.get $end)))))
      (local.set $to (i32.add (local.get $start) (local.get $stride)))
      (br_if $row (local.tee $rows (i32.sub (local.get $rows) (i32.const 1)))))
    (i32.const 0))


  ;; Takes rows of pixels of one byte, eight at a time, `rows` / 8 times: a lane for each row, each one column behind the row
  ;; above it, whose pixel it needs. What lanes write before their first column and behind their last lies between rows.
  (func (export "unfilterEight")
    (param $from i32) (param $rows i32) (param $length i32) (param $to i32) (param $stride i32) (result i32)
    (local $at i32) (local $column i32) (local $last i32) (local $step i32) (local $above i32)
    (local $filters v128) (local $isLeft v128) (local $isUp v128) (local $isMean v128) (local $isPaeth v128)
    (local $raw v128) (local $left v128) (local $up v128) (local $corner v128)
    (local $toLeft v128) (local $toUp v128) (local $nearest v128) (local $toCorner v128)
    (local.set $last (i32.add (local.get $length) (i32.const 7)))
    (local.set $step (i32.sub (local.get $stride) (i32.const 1)))
    (loop $rows
      (local.set $at (local.get $from))
      (local.set $filters (v128.const i64x2 0 0))
      (local.set $filters (v128.load8_lane 0 (local.get $at) (local.get $filters)))
      (local.set $at (i32.add (local.get $at) (i32.add (local.get $length) (i32.const 1))))
      (local.set $filters (v128.load8_lane 2 (local.get $at) (local.get $filters)))
      (local.set $at (i32.add (local.get $at) (i32.add (local.get $length) (i32.const 1))))
      (local.set $filters (v128.load8_lane 4 (local.get $at) (local.get $filters)))
      (local.set $at (i32.add (local.get $at) (i32.add (local.get $length) (i32.const 1))))
      (local.set $filters (v128.load8_lane 6 (local.get $at) (local.get $filters)))
      (local.set $at (i32.add (local.get $at) (i32.add (local.get $length) (i32.const 1))))
      (local.set $filters (v128.load8_lane 8 (local.get $at) (local.get $filters)))
      (local.set $at (i32.add (local.get $at) (i32.add (local.get $length) (i32.const 1))))
      (local.set $filters (v128.load8_lane 10 (local.get $at) (local.get $filters)))
      (local.set $at (i32.add (local.get $at) (i32.add (local.get $length) (i32.const 1))))
      (local.set $filters (v128.load8_lane 12 (local.get $at) (local.get $filters)))
      (local.set $at (i32.add (local.get $at) (i32.add (local.get $length) (i32.const 1))))
      (local.set $filters (v128.load8_lane 14 (local.get $at) (local.get $filters)))
      (local.set $at (i32.add (local.get $at) (i32.add (local.get $length) (i32.const 1))))
      (if (v128.any_true (i16x8.gt_u (local.get $filters) (v128.const i16x8 4 4 4 4 4 4 4 4)))
        (then (return (i32.const 1))))
      (local.set $isLeft (i16x8.eq (local.get $filters) (v128.const i16x8 1 1 1 1 1 1 1 1)))
      (local.set $isUp (i16x8.eq (local.get $filters) (v128.const i16x8 2 2 2 2 2 2 2 2)))
      (local.set $isMean (i16x8.eq (local.get $filters) (v128.const i16x8 3 3 3 3 3 3 3 3)))
      (local.set $isPaeth (i16x8.eq (local.get $filters) (v128.const i16x8 4 4 4 4 4 4 4 4)))
      (local.set $above (i32.sub (local.get $to) (local.get $stride)))
      (local.set $from (i32.add (local.get $from) (i32.const 1)))
      (local.set $left (v128.const i64x2 0 0))
      (local.set $up (v128.const i64x2 0 0))
      (local.set $column (i32.const 0))
      (loop $next
        (local.set $at (i32.add (local.get $from) (local.get $column)))
        (local.set $raw (v128.load8_lane 0 (local.get $at) (local.get $raw)))
        (local.set $at (i32.add (local.get $at) (local.get $length)))
        (local.set $raw (v128.load8_lane 2 (local.get $at) (local.get $raw)))
        (local.set $at (i32.add (local.get $at) (local.get $length)))
        (local.set $raw (v128.load8_lane 4 (local.get $at) (local.get $raw)))
        (local.set $at (i32.add (local.get $at) (local.get $length)))
        (local.set $raw (v128.load8_lane 6 (local.get $at) (local.get $raw)))
        (local.set $at (i32.add (local.get $at) (local.get $length)))
        (local.set $raw (v128.load8_lane 8 (local.get $at) (local.get $raw)))
        (local.set $at (i32.add (local.get $at) (local.get $length)))
        (local.set $raw (v128.load8_lane 10 (local.get $at) (local.get $raw)))
        (local.set $at (i32.add (local.get $at) (local.get $length)))
        (local.set $raw (v128.load8_lane 12 (local.get $at) (local.get $raw)))
        (local.set $at (i32.add (local.get $at) (local.get $length)))
        (local.set $raw (v128.load8_lane 14 (local.get $at) (local.get $raw)))
        (local.set $corner (local.get $up))
        (local.set $up
          (i16x8.replace_lane 0
            (i8x16.shuffle 0 1 0 1 2 3 4 5 6 7 8 9 10 11 12 13 (local.get $left) (local.get $left))
            (i32.load8_u (i32.add (local.get $above) (local.get $column)))))
        (local.set $toLeft (i16x8.sub (local.get $up) (local.get $corner)))
        (local.set $toUp (i16x8.sub (local.get $left) (local.get $corner)))
        (local.set $toCorner (i16x8.abs (i16x8.add (local.get $toLeft) (local.get $toUp))))
        (local.set $toLeft (i16x8.abs (local.get $toLeft)))
        (local.set $toUp (i16x8.abs (local.get $toUp)))
        (local.set $nearest
          (i16x8.min_s (local.get $toLeft) (i16x8.min_s (local.get $toUp) (local.get $toCorner))))
        ;; The sum of what was stored and of the neighbours that the filter means; a lane gives 0 before its first column.
        (local.set $left
          (v128.and
            (v128.and
              (i16x8.le_s (v128.const i16x8 0 1 2 3 4 5 6 7) (i16x8.splat (local.get $column)))
              (v128.const i16x8 255 255 255 255 255 255 255 255))
            (i16x8.add
              (local.get $raw)
              (v128.or
                (v128.or
                  (v128.and (local.get $isLeft) (local.get $left))
                  (v128.and (local.get $isUp) (local.get $up)))
                (v128.or
                  (v128.and
                    (local.get $isMean)
                    (i16x8.shr_u (i16x8.add (local.get $left) (local.get $up)) (i32.const 1)))
                  (v128.and
                    (local.get $isPaeth)
                    (v128.bitselect
                      (local.get $left)
                      (v128.bitselect
                        (local.get $up)
                        (local.get $corner)
                        (i16x8.eq (local.get $nearest) (local.get $toUp)))
                      (i16x8.eq (local.get $nearest) (local.get $toLeft)))))))))
        (local.set $at (i32.add (local.get $to) (local.get $column)))
        (v128.store8_lane 0 (local.get $at) (local.get $left))
        (local.set $at (i32.add (local.get $at) (local.get $step)))
        (v128.store8_lane 2 (local.get $at) (local.get $left))
        (local.set $at (i32.add (local.get $at) (local.get $step)))
        (v128.store8_lane 4 (local.get $at) (local.get $left))
        (local.set $at (i32.add (local.get $at) (local.get $step)))
        (v128.store8_lane 6 (local.get $at) (local.get $left))
        (local.set $at (i32.add (local.get $at) (local.get $step)))
        (v128.store8_lane 8 (local.get $at) (local.get $left))
        (local.set $at (i32.add (local.get $at) (local.get $step)))
        (v128.store8_lane 10 (local.get $at) (local.get $left))
        (local.set $at (i32.add (local.get $at) (local.get $step)))
        (v128.store8_lane 12 (local.get $at) (local.get $left))
        (local.set $at (i32.add (local.get $at) (local.get $step)))
        (v128.store8_lane 14 (local.get $at) (local.get $left))
        (br_if $next
          (i32.lt_u (local.tee $column (i32.add (local.get $column) (i32.const 1))) (local.get $last))))
      (local.set $from
        (i32.add (local.get $from) (i32.add (i32.shl (local.get $length) (i32.const 3)) (i32.const 7))))
      (local.set $to (i32.add (local.get $to) (i32.shl (local.get $stride) (i32.const 3))))
      (br_if $rows (i32.gt_s (local.tee $rows (i32.sub (local.get $rows) (i32.const 8))) (i32.const 0))))
    (i32.const 0)))
