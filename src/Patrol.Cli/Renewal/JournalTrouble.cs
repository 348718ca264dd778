using Patrol.Cli.Failures;

namespace Patrol.Cli.Renewal;

/// <summary>What people are told when a journal cannot be written or read.</summary>
internal static class JournalTrouble
{
    public static CliFailure NotBegun(string path, Exception fault) =>
        new(ExitCode.SomeRefused, $"The journal {path} cannot be begun: {Reason(fault)} Nothing was done; give another folder with --journal.", fault);

    public static CliFailure Unwritable(string path, Exception fault) => new(ExitCode.SomeRefused, $"The journal {path} cannot be written: {Reason(fault)}", fault);

    public static CliFailure NotClosed(string folder, string report, Exception fault) => new(
        ExitCode.SomeRefused,
        $"Everything has come to its end, but the report {report} cannot be written: {Reason(fault)} When the cause is gone, patrol renew resume --journal {folder} writes it and closes the journal.", fault);

    public static CliFailure Damaged(string path, IReadOnlyList<JournalLine> lines, string how)
    {
        var known = lines.Count > 0 && lines[0].Plan is { } plan
            ? string.Join("; ", plan.Tokens.Select(token => $"{token.Name}: {string.Join(", ", token.Holders.Select(holder => holder.Settings.GetValueOrDefault("file") ?? holder.Kind))}")) : "unknown";
        var names = string.Join(", ", lines.Where(line => line.Intention is not null).Select(line => $"'{line.Intention!.NewName}' of {line.Intention.Owner}"));
        return new CliFailure(
            ExitCode.SomeRefused,
            $"{path} is damaged: {how}. Nothing was done. Check by hand: which token each holder holds ({known}), which tokens of the owners are active at the source"
            + (names.Length > 0 ? $" (new ones are called {names})" : "") + ", and revoke those that no holder holds; then move the journal away.");
    }

    private static string Reason(Exception fault) => fault is ArgumentOutOfRangeException ? Folders.TooLarge : $"{fault.Message.TrimEnd('.')}.";
}
