namespace Patrol.AspNetCore;

/// <summary>What is used unless told otherwise.</summary>
public static class PatrolDefaults
{
    /// <summary>The scheme's name.</summary>
    public const string AuthenticationScheme = "Patrol";
}
