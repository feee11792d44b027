/// Groups of one pane on disk.
final class PaneRun {
    /// As `CapturedPanes` writes groups.
    let rows: RowRun
    /// Marks that some group may carry; what the file says of others is out of date.
    var marks: GroupMarks

    init(_ rows: RowRun, _ marks: GroupMarks) {
        self.rows = rows
        self.marks = marks
    }
}
