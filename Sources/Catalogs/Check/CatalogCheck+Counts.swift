import Diagnostics

extension CatalogCheck {
    /// The events of a run are numbered from 0 without a gap, begin with its start, and go on after no end.
    mutating func lookAtEvents() throws(Failure) {
        try catalog.forEachRunFault { fault in
            add(.count, "table run_event: the events of run \(fault.id) are not all there, in order")
        }
    }

    /// Every snapshot has as many items as it says, its digest follows from them, and exports add up to it.
    mutating func lookAtSnapshots() throws(Failure) {
        try catalog.forEachSnapshotFault { fault in
            let row = "table snapshot, row \(fault.id)"
            if case .items(let said, let found) = fault.reason {
                add(.count, "\(row): it says \(said) items, and \(found) are there")
            } else {
                add(.snapshot, "\(row): its items are not those of its digest")
            }
        }
        try catalog.forEachExportFault { fault in
            add(.count, "table export, row \(fault.id): its shards do not add up to its snapshot")
        }
    }
}
