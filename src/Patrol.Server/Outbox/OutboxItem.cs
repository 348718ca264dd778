namespace Patrol.Server.Outbox;

/// <summary>To whom something goes. The numbers are stored.</summary>
public enum RecipientKind
{
    /// <summary>A user, by mail.</summary>
    Person = 0,

    /// <summary>A webhook.</summary>
    Hook = 1,
}

/// <summary>Something to be sent. Instants are Unix milliseconds.</summary>
public sealed record OutboxItem
{
    public long Id { get; init; }
    public RecipientKind Kind { get; init; }

    /// <summary>The user's or hook's id.</summary>
    public long RecipientId { get; init; }

    /// <summary>What it is, in the words of whoever posted it.</summary>
    public string Body { get; init; } = "";
    public long CreatedAt { get; init; }

    /// <summary>How often it has been tried, the try for which it was taken included.</summary>
    public long Attempts { get; init; }
}
