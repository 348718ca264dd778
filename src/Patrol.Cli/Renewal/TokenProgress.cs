using System.Security.Cryptography;
using Patrol.Cli.Failures;
using Patrol.Core.Tokens;

namespace Patrol.Cli.Renewal;

/// <summary>How far the renewal of one token has come: the journal's lines about it, read in order.</summary>
internal sealed class TokenProgress
{
    private readonly Journal journal;
    private readonly Seal seal;
    private readonly TimeProvider time;

    private TokenProgress(PlannedToken plan, Journal journal, Seal seal, TimeProvider time) => (Plan, this.journal, this.seal, this.time) = (plan, journal, seal, time);

    public PlannedToken Plan { get; }

    /// <summary>The step that is done last.</summary>
    public RenewalStep Done { get; private set; }

    public Intention Intention { get; private set; } = null!;

    /// <summary>What each holder held when it was checked.</summary>
    public IReadOnlyList<Secret?> Held { get; private set; } = [];

    public long NewId { get; private set; }

    /// <summary>The new token, from the journal's step on.</summary>
    public Secret? New { get; private set; }

    /// <summary>When the new token expires; null if it never does.</summary>
    public DateOnly? ExpiresOn { get; private set; }

    /// <summary>When the last holder had it.</summary>
    public DateTimeOffset StoredAt { get; private set; }

    public string? GivenUp { get; private set; }

    public bool Undone { get; private set; }

    /// <summary>Nothing is left to do for it.</summary>
    public bool HasEnded => Undone || Done == RenewalStep.Report;

    /// <summary>Why the journal takes no more lines; null as long as it does.</summary>
    public CliFailure? Broken => journal.Broken;

    public TokenOwner Owner => new(Intention.OwnerId, Intention.Owner);

    /// <summary>Reads a journal.</summary>
    public static List<TokenProgress> Of(Journal journal, Seal seal, TimeProvider time)
    {
        var all = journal.Plan.Tokens.Select(token => new TokenProgress(token, journal, seal, time)).ToList();
        var named = all.ToDictionary(one => one.Plan.Name, StringComparer.Ordinal);
        try
        {
            foreach (var line in journal.Lines)
                named[line.Token!].Take(line);
        }
        catch (Exception fault) when (fault is CryptographicException or FormatException or KeyNotFoundException or ArgumentNullException)
        {
            throw new CliFailure(
                ExitCode.SomeRefused,
                $"The journal in {journal.Folder} is damaged. Nothing was done. Check by hand which token each holder holds and which of the owner's tokens are active, and revoke those that no holder holds; then move the journal away.", fault);
        }
        return all;
    }

    /// <summary>The line that says what is about to be done.</summary>
    public JournalLine Intend(TokenOwner owner, string newName, IEnumerable<Secret?> held, IReadOnlyList<KnownToken> old) => Took(new JournalLine
    {
        At = time.GetUtcNow(),
        Token = Plan.Name,
        Step = RenewalStep.Check,
        Intention = new Intention(owner.Id, owner.Name, newName, [.. held.Select(text => text is null ? null : seal.Close(text))], old),
    });

    /// <summary>Writes down that a step is done.</summary>
    public void Finish(RenewalStep step) => Write(new JournalLine { At = time.GetUtcNow(), Token = Plan.Name, Step = step });

    /// <summary>Writes the new token down.</summary>
    public void Keep(long id, Secret text, DateOnly? expiresOn) =>
        Write(new JournalLine { At = time.GetUtcNow(), Token = Plan.Name, Step = RenewalStep.Journal, NewId = id, Sealed = seal.Close(text), ExpiresOn = expiresOn });

    public void GiveUp(string why) => Write(new JournalLine { At = time.GetUtcNow(), Token = Plan.Name, GivenUp = why });

    public void Undo() => Write(new JournalLine { At = time.GetUtcNow(), Token = Plan.Name, Undone = true });

    /// <summary>Ends it as it stands.</summary>
    public void Abandon(string why) => Write(new JournalLine { At = time.GetUtcNow(), Token = Plan.Name, GivenUp = why, Undone = true });

    // Only what the disk has is so.
    private void Write(JournalLine line)
    {
        journal.Append(line);
        Take(line);
    }

    private JournalLine Took(JournalLine line)
    {
        Take(line);
        return line;
    }

    private void Take(JournalLine line)
    {
        if (line.Intention is { } intention)
        {
            Intention = intention;
            Held = [.. intention.Held.Select(closed => closed is null ? null : seal.Uncover(closed))];
        }
        if (line.Sealed is { } text)
            (NewId, New, ExpiresOn) = (line.NewId!.Value, seal.Uncover(text), line.ExpiresOn);
        if (line.Step is { } step)
            Done = step;
        if (line.Step is RenewalStep.Store)
            StoredAt = line.At;
        GivenUp = line.GivenUp ?? GivenUp;
        Undone |= line.Undone;
    }
}
