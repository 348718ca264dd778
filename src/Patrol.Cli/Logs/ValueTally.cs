namespace Patrol.Cli.Logs;

/// <summary>How often which text came, for as many different texts as are kept. Most tokens fail with one client from one address: that costs no object.</summary>
internal struct ValueTally
{
    /// <summary>How many different texts are kept.</summary>
    public const int Most = 100;

    private string? first;
    private long firstCount;
    private List<(string Text, long Count)>? more;

    /// <summary>Whether there were more than are kept.</summary>
    public bool IsCut { get; private set; }

    /// <summary>Counts a text of the pool.</summary>
    public void Add(TextPool pool, ReadOnlySpan<char> text)
    {
        if (text.IsEmpty)
            return;
        if (first is not null && text.SequenceEqual(first))
            firstCount++;
        else if (!Counted(text))
            Keep(more?.Count < Most - 1 || more is null ? pool.Get(text) : null);
    }

    /// <summary>The texts, the most frequent first.</summary>
    public readonly IReadOnlyList<string> Texts() => first is null ? []
        : [.. (more ?? []).Append((Text: first, Count: firstCount)).OrderByDescending(entry => entry.Count).ThenBy(entry => entry.Text, StringComparer.Ordinal).Select(entry => entry.Text)];

    private readonly bool Counted(ReadOnlySpan<char> text)
    {
        for (var i = 0; i < more?.Count; i++)
        {
            if (!text.SequenceEqual(more[i].Text))
                continue;
            more[i] = (more[i].Text, more[i].Count + 1);
            return true;
        }
        return false;
    }

    private void Keep(string? text)
    {
        if (text is null)
            IsCut = true;
        else if (first is null)
            (first, firstCount) = (text, 1);
        else
            (more ??= new(1)).Add((text, 1));
    }
}
