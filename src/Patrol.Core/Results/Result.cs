namespace Patrol.Core.Results;

/// <summary>
/// What a rule or a use case answers: a value, or the refusal that says why there is none.
/// Trouble with the world (a database that is away) is an exception, not a result.
/// </summary>
public readonly struct Result<T>
{
    private readonly T? value;

    private Result(T? value, Refusal? refusal) => (this.value, Refusal) = (value, refusal);

    /// <summary>The refusal, or null where there is a value.</summary>
    public Refusal? Refusal { get; }

    /// <summary>The value.</summary>
    /// <exception cref="InvalidOperationException">It was refused: the caller did not look.</exception>
    public T Value => Refusal is null ? value! : throw new InvalidOperationException($"Refused: {Refusal}");

    /// <summary>True, with the value, unless it was refused.</summary>
    public bool Succeeded(out T result, out Refusal refusal)
    {
        result = value!;
        refusal = Refusal!;
        return Refusal is null;
    }

    /// <summary>The same refusal, or the value seen through <paramref name="map"/>.</summary>
    public Result<TOther> Map<TOther>(Func<T, TOther> map) => Refusal is null ? map(value!) : Refusal;

    public static implicit operator Result<T>(T value) => new(value, null);

    public static implicit operator Result<T>(Refusal refusal) => new(default, refusal);
}

/// <summary>The value of a use case that has nothing to say but that it was done.</summary>
public readonly record struct Done;
